# The fixture for the shell, as this bootstrap calls it: the event is an argument, and there is no context. The function
# runs in a subshell, where a count ends with the event, and which is all that an exit ends.
# shellcheck shell=bash disable=SC1091,SC2034

agent=cdk-lambda-bash/2.0.327
exec 3>&2 # its output is its answer, so its log goes to the other stream
. "$LAMBDA_TASK_ROOT/verbs.sh"
verbs='describe echo env fail null sleep abort log large spawn'
words='init-fail init-exit init-sleep'
eval "act_on_$(declare -f handler)"

handler() {
    event=$(mktemp)
    printf %s "$1" >"$event"
    act_on_handler "$event" /dev/null
}
