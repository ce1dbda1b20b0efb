# Median of the largest variances, of draw,sum,max sorted by max.
BEGIN { FS = "," }
{ largest[NR] = $3 }
END { printf "%s,%d,%.4g\n", family, width, (largest[int((NR + 1) / 2)] + largest[int(NR / 2) + 1]) / 2 }
