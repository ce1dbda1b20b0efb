# Rows SETTING,VALUE,... to a table of means and standard deviations, one line a setting.
# -v settings="a b" in their order, -v names="x,y" of the values
BEGIN { FS = "," }
{
    ++runs[$1]
    for (i = 2; i <= NF; ++i) {
        sum[$1, i] += $i
        squares[$1, i] += $i * $i
    }
    if (NF > columns) columns = NF
}
END {
    count = split(names, name, ",")
    printf "| scales |"
    for (i = 1; i <= count; ++i) printf " %s |", name[i]
    printf "\n| --- |"
    for (i = 1; i <= count; ++i) printf " --- |"
    print ""
    lines = split(settings, setting, " ")
    for (l = 1; l <= lines; ++l) {
        s = setting[l]
        n = runs[s]
        printf "| %s |", s
        for (i = 2; i <= columns; ++i) {
            mean = sum[s, i] / n
            variance = n > 1 ? (squares[s, i] - n * mean * mean) / (n - 1) : 0
            printf(" %.3g (%.2g) |", mean, (variance > 0 ? sqrt(variance) : 0))
        }
        print ""
    }
}
