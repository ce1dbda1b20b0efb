# out/widths-ALPHA-DEPTH.csv... -> a table: a row a network, a column a width, KS distance in the cells.
BEGIN { FS = "," }
FNR == 1 {
    split(FILENAME, part, "-")
    alpha = part[length(part) - 1]; depth = part[length(part)]; sub(/\.csv$/, "", depth)
    row = "| " alpha " | " depth + 1 " |"
    if (rows++ > 0) body = body line "\n"
    line = row
    next
}
{
    if (rows == 1) { head = head " " $1 " |"; rule = rule " --- |" }
    line = line " " sprintf("%.4f", $2) " |"
    point = $3
}
END {
    print "| alpha | layer |" head
    print "| --- | --- |" rule
    printf "%s%s\n", body, line
    printf "\nThe 99 %% point of the distance between a sample of this size and its own law is %.4f.\n", point
}
