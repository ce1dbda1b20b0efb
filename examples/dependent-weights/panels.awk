# A script for gnuplot: the images of the table of mogp-sample features, one node a row. pixels: the idx3 file, unpacked.
BEGIN { FS = "," }
NR == 1 { next }
{ image[$2, $4] = $5; if ($2 + 1 > nodes) nodes = $2 + 1; if ($4 + 1 > per) per = $4 + 1 }
END {
    printf "set terminal svg size %d,%d; set output '%s'\n", 60 * per, 60 * nodes, out
    printf "set multiplot layout %d,%d margins 0.01,0.99,0.01,0.99 spacing 0.005\n", nodes, per
    print "unset tics; unset border; unset key; unset colorbox; set palette gray negative; set size ratio -1"
    print "set xrange [-0.5:27.5]; set yrange [-0.5:27.5]; set cbrange [0:255]"
    for (n = 0; n < nodes; ++n)
        for (k = 0; k < per; ++k)
            printf "plot '%s' binary skip=%d array=(28,28) format='%%uchar' flip=y with image\n", pixels, 16 + 784 * image[n, k]
    print "unset multiplot"
}
