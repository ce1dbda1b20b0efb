# Corrupts a table of images, label,x1,...,x784 with pixels in -1 ... 1; the same seed gives the same table.
#
# usage: awk -f corrupt.awk -v kind=KIND -v seed=N clean.csv
#   noise-1, noise-5  Gaussian noise, the weakest and the strongest of five levels: sd 0.08 and 0.38 of the range, clipped
#   rotated           by a quarter turn
#   inverted          black for white
#   shuffled          the pixels of every image in an order of its own
#   static            no image at all: pixels uniform, independent

function uniform() { # in (0, 1); Park and Miller's generator, exact in double
    state = state * 16807 % 2147483647
    return state / 2147483647
}
function normal() { return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform()) }
function clip(v) { return v < -1 ? -1 : (v > 1 ? 1 : v) }
BEGIN {
    FS = OFS = ","
    state = seed * 48271 % 2147483647
    if (state < 1) state = 1
    level["noise-1"] = 0.16
    level["noise-5"] = 0.76
    if (!(kind in level) && kind !~ /^(rotated|inverted|shuffled|static)$/) {
        print "corrupt.awk: '" kind "' is unknown" >"/dev/stderr"
        exit failed = 1
    }
}
NR == 1 { print; next }
{
    side = sqrt(NF - 1)
    for (j = 1; j < NF; j++) old[j] = $(j + 1)
    if (kind == "shuffled")
        for (j = NF - 1; j > 1; j--) {
            k = 1 + int(j * uniform())
            held = old[k]
            old[k] = old[j]
            old[j] = held
        }
    printf "%s", $1
    for (j = 1; j < NF; j++) {
        v = old[j]
        if (kind in level) v = clip(v + level[kind] * normal())
        else if (kind == "inverted") v = -v
        else if (kind == "static") v = 2 * uniform() - 1
        else if (kind == "rotated") v = old[((j - 1) % side) * side + side - int((j - 1) / side)]
        printf ",%.5g", v
    }
    print ""
}
END { exit failed }
