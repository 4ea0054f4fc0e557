# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion of pvgctl(1)

_pvgctl_outputs() {
	pvgctl --timeout 1 displays 2>/dev/null | sed -n 's/^output \([^:]*\):.*/\1/p'
}

_pvgctl_modes() {
	pvgctl --timeout 1 displays 2>/dev/null | awk -v output="output $1:" '
		index($0, "output ") == 1 { found = index($0, output) == 1 }
		found && $1 == "modes:" { for (i = 2; i <= NF; i++) { gsub(/[*+]/, "", $i); print $i } }'
}

_pvgctl() {
	local word=${COMP_WORDS[COMP_CWORD]} command= at=0 i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-k | --kiosk | -t | --timeout) ((i++)) ;;
		-*) ;;
		*)
			command=${COMP_WORDS[i]}
			at=$((COMP_CWORD - i))
			break
			;;
		esac
	done
	COMPREPLY=()
	local words=
	case $command in
	'') words="status displays map mode screenshot stats record power vm osd quit
		--json --kiosk --timeout --version --help" ;;
	map)
		((at == 1)) && words="0 1 2 3 4 5 6 7"
		((at == 2)) && words=$(_pvgctl_outputs)
		;;
	mode)
		((at == 1)) && words=$(_pvgctl_outputs)
		((at == 2)) && words=$(_pvgctl_modes "${COMP_WORDS[COMP_CWORD - 1]}")
		;;
	screenshot)
		[[ $word == -* ]] && words=--display
		[[ -z $words ]] && compopt -o default && return
		;;
	stats) words="--watch --json --interval" ;;
	record)
		((at == 1)) && words="start stop"
		((at == 2)) && compopt -o default && return
		;;
	power)
		((at == 1)) && words="on off"
		((at == 2)) && words=$(_pvgctl_outputs)
		;;
	vm) ((at == 1)) && words="powerdown reset" ;;
	osd) ((at == 1)) && words="on off" ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _pvgctl pvgctl
