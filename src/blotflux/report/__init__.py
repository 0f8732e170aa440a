"""Results in, files out: tables, figures, report, workbook."""
