# The first and the last measures of a run of training: SETTING,steps,losses,eigenvalues,motion.
[.[] | select(.schema == "limsym/progress@1")]
| .[0] as $start
| .[-1]
| [$setting, .step, .train_loss, .test_loss, $start.ntg_eigmin, .ntg_eigmin, .wdiff_max, (.ntg_diff_2 | sqrt)]
| @csv
