// Measures the boxes of boxes.csv in ImageJ's two usual ways and writes volumes.csv.
// Argument: the folder with the pictures (light on dark) and boxes.csv.
// rolling: Subtract Background (rolling ball, 50 px), then the sum over the box.
// valley:  as with the gel analyzer: profile down the lane, straight baseline between the two
//          valleys beside the band, area above it.
// columns: image, lane, row, left, top, width, height, from, middle, to (rows of the profile).

folder = getArgument();
setBatchMode(true);
lines = split(File.openAsString(folder + "boxes.csv"), "\n");
out = "image,lane,row,rolling,valley\n";
times = "image,ms\n";
previous = "";
started = 0;
for (i = 1; i < lines.length; i++) {
    cells = split(lines[i], ",");
    if (cells[0] != previous) {
        if (previous != "") times = times + previous + "," + (getTime() - started) + "\n";
        while (nImages > 0) close();
        started = getTime();
        open(folder + cells[0]);
        rename("raw");
        run("Duplicate...", "title=flat");
        run("Subtract Background...", "rolling=50");
        previous = cells[0];
    }
    left = parseInt(cells[3]); top = parseInt(cells[4]);
    width = parseInt(cells[5]); height = parseInt(cells[6]);
    selectWindow("flat");
    makeRectangle(left, top, width, height);
    getStatistics(area, mean);
    rolling = area * mean;
    selectWindow("raw");
    valley = valleyArea(left, width, parseInt(cells[7]), parseInt(cells[8]), parseInt(cells[9]));
    out = out + cells[0] + "," + cells[1] + "," + cells[2] + "," + d2s(rolling, 3) + "," + d2s(valley, 3) + "\n";
}
times = times + previous + "," + (getTime() - started) + "\n";
File.saveString(out, folder + "volumes.csv");
File.saveString(times, folder + "times.csv");

function valleyArea(left, width, from, middle, to) {
    makeRectangle(left, from, width, to - from + 1);
    setKeyDown("alt");  // the profile runs down, not across
    profile = getProfile();
    setKeyDown("none");
    peak = middle - from;
    first = 0;
    for (k = 0; k <= peak; k++) if (profile[k] <= profile[first]) first = k;
    last = profile.length - 1;
    for (k = last; k >= peak; k--) if (profile[k] <= profile[last]) last = k;
    if (last == first) return 0;
    sum = 0;
    for (k = first; k <= last; k++) {
        baseline = profile[first] + (profile[last] - profile[first]) * (k - first) / (last - first);
        sum += profile[k] - baseline;
    }
    return sum * width;
}
