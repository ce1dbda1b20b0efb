# Kolmogorov-Smirnov distance of an ensemble of networks from the Student t law that flow gives, at three test points.
#
# usage: awk -f ks.awk -v name=TEXT -v time='"inf"' LAW.ndjson DRAWS.csv
# Prints a row of a Markdown table. The distribution functions of t with 2 and with 4 degrees of freedom are elementary.

function numbers(text, field, into,    inside) {
    match(text, "\"" field "\":\\[[^]]*\\]")
    inside = substr(text, RSTART + length(field) + 4, RLENGTH - length(field) - 5)
    return split(inside, into, ",")
}
function student(t,    r) {
    if (df == 2) return 0.5 + t / (2 * sqrt(2 + t * t))
    r = t / sqrt(4 + t * t)
    return 0.5 + 0.75 * r - 0.25 * r * r * r
}
# Heap sort of v[1..count].
function sink(v, i, count,    child, held) {
    held = v[i]
    for (child = 2 * i; child <= count; child = 2 * i) {
        if (child < count && v[child + 1] > v[child]) child++
        if (v[child] <= held) break
        v[i] = v[child]
        i = child
    }
    v[i] = held
}
function sort(v, count,    i, held) {
    for (i = int(count / 2); i >= 1; i--) sink(v, i, count)
    for (i = count; i > 1; i--) {
        held = v[1]
        v[1] = v[i]
        v[i] = held
        sink(v, 1, i - 1)
    }
}
BEGIN { FS = "," }
FNR == NR {
    if (index($0, "\"t\":" time ",")) {
        match($0, /"df":[0-9.]+/)
        df = substr($0, RSTART + 5, RLENGTH - 5) + 0
        points = numbers($0, "mean", mean)
        numbers($0, "scale", scale)
    }
    next
}
{
    n++
    for (k = 1; k <= 3; k++) {
        i = int(points * k / 4) + 1
        z[k, n] = ($i - mean[i]) / scale[i]
    }
}
END {
    if (df != 2 && df != 4) {
        print "ks.awk: df is " df "; expected 2 or 4" >"/dev/stderr"
        exit 1
    }
    for (k = 1; k <= 3; k++) {
        for (j = 1; j <= n; j++) v[j] = z[k, j]
        sort(v, n)
        for (j = 1; j <= n; j++) {
            p = student(v[j])
            if (j / n - p > distance) distance = j / n - p
            if (p - (j - 1) / n > distance) distance = p - (j - 1) / n
        }
    }
    printf "| %s | %d | %.4f | %.4f |\n", name, df, distance, 1.628 / sqrt(n)
}
