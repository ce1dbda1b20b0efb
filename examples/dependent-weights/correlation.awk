# Correlation of the squares of z1 and z2 in the table of mogp-sample sample.
BEGIN { FS = "," }
NR > 1 { x = $3 * $3; y = $4 * $4; n++; sx += x; sy += y; sxx += x * x; syy += y * y; sxy += x * y }
END {
    covariance = sxy / n - sx * sy / n / n
    printf "%s,%d,%.3f\n", family, width, covariance / sqrt((sxx / n - (sx / n) ^ 2) * (syy / n - (sy / n) ^ 2))
}
