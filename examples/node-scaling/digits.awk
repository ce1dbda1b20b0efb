# digits.csv of scikit-learn (64 pixels 0..16 and the digit a line) with a header, pixels divided by 16.
BEGIN { FS = "," }
NR == 1 {
    for (i = 1; i <= 64; ++i) printf "p%d,", i
    print "label"
}
{
    for (i = 1; i <= 64; ++i) printf "%.10g,", $i / 16
    print $65 + 0
}
