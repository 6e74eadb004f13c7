# The text format 0.0.4 of Prometheus: every sample belongs to the last TYPE, labels are quoted,
# values are numbers, histograms end with +Inf, which is their count, and never go down.
function bad(why) { print FILENAME ":" FNR ": " why ": " $0; failed = 1; exit 1 }
/^# HELP / { helped = $3; next }
/^# TYPE / {
    if (helped != $3) bad("no HELP before")
    if ($3 in seen) bad("twice")
    if ($4 !~ /^(counter|gauge|histogram)$/) bad("no such type")
    name = $3; kind = $4; seen[name] = 1
    if (kind == "counter" && name !~ /_total$/) bad("a counter ends with _total")
    next
}
/^#/ || /^$/ { bad("neither HELP nor TYPE") }
{
    if (!match($0, /^[a-z_]+/)) bad("no name")
    sample = substr($0, 1, RLENGTH); rest = substr($0, RLENGTH + 1)
    base = sample
    if (kind == "histogram") sub(/_(bucket|sum|count)$/, "", base)
    if (base != name) bad("belongs to no TYPE")
    labels = ""
    if (rest ~ /^\{/) {
        if (!match(rest, /^\{([a-z]+="([^"\\]|\\\\|\\"|\\n)*",?)+\} /)) bad("labels")
        labels = substr(rest, 1, RLENGTH - 1); rest = substr(rest, RLENGTH)
    }
    if (rest !~ /^ -?[0-9]+(\.[0-9]+)?$/) bad("value")
    if ((sample labels) in once) bad("twice")
    once[sample labels] = 1
    value = substr(rest, 2) + 0
    if (sample ~ /_bucket$/ && kind == "histogram") {
        if (value < last) bad("buckets go down")
        last = value
        if (labels ~ /le="\+Inf"/) { infinite = value; last = 0 }
    }
    if (sample ~ /_count$/ && kind == "histogram" && value != infinite) bad("count is not +Inf")
    n++
}
END { if (!failed && n < 20) { print "only " n " samples"; exit 1 } }
