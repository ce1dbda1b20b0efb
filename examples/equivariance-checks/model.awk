# r1.r2 and a term that rotations break.
{ printf "%.17g\n", $1 * $3 + $2 * $4 + 0.1 * $1 * $1 }
