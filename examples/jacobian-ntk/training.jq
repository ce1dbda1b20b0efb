# Means over networks of one width, a line of CSV for every printed step. --slurp, --arg width W
def mean(f): map(f) | add / length;
map(select(.step != null)) | group_by(.step)[]
| [$width, .[0].step, mean(.loss), mean(.jntk_vs_init), mean(.jntk_vs_limit), mean(.test_f_dist), mean(.test_jac_dist)]
| join(",")
