# Least-squares slope of the logarithm of the error against that of the threshold, from a table of prune-error.
BEGIN { FS = "," }
NR > 1 { x = log($1); y = log($5); n++; sx += x; sy += y; sxx += x * x; sxy += x * y }
END { printf "%s,%.3f,%s\n", alpha, (n * sxy - sx * sy) / (n * sxx - sx * sx), 1 - alpha }
