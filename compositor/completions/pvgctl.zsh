#compdef pvgctl
# SPDX-License-Identifier: GPL-2.0-or-later
# zsh completion of pvgctl(1)

_pvgctl_outputs() {
	local -a outputs
	outputs=(${(f)"$(pvgctl --timeout 1 displays 2>/dev/null | sed -n 's/^output \([^:]*\):.*/\1/p')"})
	compadd -a outputs
}

_pvgctl() {
	local -a commands
	commands=(
		'status:everything at a glance'
		'displays:outputs, their modes, and what they show'
		'map:show a display of the VM on another output'
		'mode:change the mode of an output'
		'screenshot:what an output shows, as PNG'
		'stats:numbers'
		'record:capture what the device takes in'
		'power:switch an output'
		'vm:press a button of the VM'
		'osd:statistics on the screen'
		'quit:end the kiosk'
	)
	local state
	_arguments -C \
		'--json[print JSON]' \
		'--kiosk[Wayland socket of the kiosk]:socket:_files' \
		'--timeout[seconds to wait]:seconds:' \
		'--version[print the version]' \
		'--help[print a summary]' \
		'1:command:->command' \
		'*::argument:->argument'
	case $state in
	command) _describe command commands ;;
	argument)
		case $words[1] in
		map) (( CURRENT == 2 )) && compadd 0 1 2 3 4 5 6 7 || _pvgctl_outputs ;;
		mode) (( CURRENT == 2 )) && _pvgctl_outputs ;;
		screenshot) _arguments '--display[number]:number:(0 1 2 3 4 5 6 7)' '1:file:_files' ;;
		stats) _arguments '--watch[again and again]' '--json[print JSON]' '--interval[seconds]:seconds:' ;;
		record) (( CURRENT == 2 )) && compadd start stop || _files ;;
		power) (( CURRENT == 2 )) && compadd on off || _pvgctl_outputs ;;
		vm) compadd powerdown reset ;;
		osd) compadd on off ;;
		esac
		;;
	esac
}

_pvgctl "$@"
