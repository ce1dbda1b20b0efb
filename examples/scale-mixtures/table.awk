# Markdown table of RMSE and negative log density from the last records of cv, beside reference values.
#
# usage: awk -f table.awk reference.tsv out/SET/MODEL.ndjson...
# reference.tsv: set, splits, model, metric, mean. A figure that differs by more than the rounding of the reference
# (half a unit of its last digit) is marked.

function part(text, name) { # the object of this name, flat
    if (!match(text, "\"" name "\":{[^}]*}")) return ""
    return substr(text, RSTART, RLENGTH)
}
function value(text, name) {
    if (!match(text, "\"" name "\":[-+0-9.e]+")) return ""
    return substr(text, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
}
function cell(metric,    mean, error, key, wanted, half, difference) {
    mean = value(part(last, "mean"), metric)
    error = value(part(last, "stderr"), metric)
    cells = cells sprintf(error == "" ? "%.3f%s | " : "%.3f ± %.3f | ", mean, error)
    key = set SUBSEP splits SUBSEP model SUBSEP metric
    if (!(key in reference)) {
        cells = cells " | "
        return
    }
    wanted = reference[key]
    half = 0.5
    if (index(wanted, ".")) half *= 10 ^ -(length(wanted) - index(wanted, "."))
    difference = mean > wanted ? mean - wanted : wanted - mean
    cells = cells sprintf("%s %s | ", wanted, difference <= 1.02 * half ? "same" : "DIFFERS")
}

BEGIN {
    label["point"] = "NNGP, s = 1"
    label["ml2"] = "s fitted (ml2)"
    label["inverse-gamma"] = "inverse gamma"
    label["burr"] = "Burr(2,1), inverse gamma's kernel"
    print "| set | splits | prior of s | RMSE | reference | negative log density | reference |"
    print "| --- | --- | --- | --- | --- | --- | --- |"
}
FILENAME == ARGV[1] {
    if ($0 !~ /^#/) reference[$1 SUBSEP $2 SUBSEP $3 SUBSEP $4] = $5
    next
}
/"limsym\/cv@1"/ {
    last = $0
    count = split(FILENAME, path, "/")
    set = path[count - 1]
    model = path[count]
    sub(/\.ndjson$/, "", model)
    splits = value(last, "splits")
    cells = ""
    cell("rmse")
    cell("nll_observed")
    sub(/ $/, "", cells)
    printf "| %s | %d | %s | %s\n", set, splits, label[model], cells
}
