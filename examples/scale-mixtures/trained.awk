# Networks as trained to the end: f(x) + B (y - f(X)), row by row.
#
# usage: awk -f trained.awk sine.csv gain.csv draws.csv
# sine.csv: x,y of the training points. gain.csv: a header, then B, a row a test point. draws.csv: a row a network, its
# values at the test points, then at the training points.
BEGIN { FS = "," }
FNR == 1 { file++ }
file == 1 && FNR > 1 { y[++n] = $2 }
file == 2 && FNR > 1 {
    m++
    for (j = 1; j <= NF; j++) gain[m, j] = $j
}
file == 3 {
    for (i = 1; i <= m; i++) {
        f = $i
        for (j = 1; j <= n; j++) f += gain[i, j] * (y[j] - $(m + j))
        printf "%s%.10g", (i > 1 ? "," : ""), f
    }
    print ""
}
