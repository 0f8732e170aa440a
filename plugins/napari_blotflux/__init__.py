"""The napari side of blotflux: see what was found on a blot, and correct it by hand.

Everything is measured by `blotflux`; here it is shown, and mouse and keys become its edits.
`window` joins a viewer's parts, `controller` stands between them and the core, `canvas` draws and
takes the mouse, `docks` hold the widgets. `marks` and `grips` are plain geometry without napari.
"""
