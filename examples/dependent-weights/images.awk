# Accuracy in percent, mean and standard deviation over seeds, by prior and share of pruned nodes.
# Input: share,PRIOR-SEED,SHARE SHARE ...   and   prune,PRIOR-SEED,KAPPA,KEPT,ACCURACY,LOSS
BEGIN { FS = "," }
{ prior = $2; sub(/-[0-9]+$/, "", prior) }
$1 == "share" {
    split($3, share, " ")
    for (l in share) { top[prior] += share[l]; tops[prior]++ }
}
$1 == "prune" {
    if (!($3 in seen)) { seen[$3]; kappas[++count] = $3 }
    n[prior, $3]++; sum[prior, $3] += 100 * $5; squares[prior, $3] += 1e4 * $5 * $5
}
END {
    printf "| prior |"
    for (k = 1; k <= count; ++k) printf " kappa %s |", kappas[k]
    printf " share of the 5 %% largest |\n| --- |"
    for (k = 1; k <= count; ++k) printf " --- |"
    print " --- |"
    many = split(priors, list, " ")
    for (p = 1; p <= many; ++p) {
        printf "| %s |", list[p]
        for (k = 1; k <= count; ++k) {
            m = n[list[p], kappas[k]]; mean = sum[list[p], kappas[k]] / m
            variance = m > 1 ? (squares[list[p], kappas[k]] - m * mean * mean) / (m - 1) : 0
            printf " %.1f (%.1f) |", mean, sqrt(variance > 0 ? variance : 0)
        }
        printf " %.2f |\n", top[list[p]] / tops[list[p]]
    }
}
