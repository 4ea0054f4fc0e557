# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion of pvgctl(1)

function __pvgctl_outputs
	pvgctl --timeout 1 displays 2>/dev/null | string replace -rf '^output ([^:]*):.*' '$1'
end

function __pvgctl_bare
	not __fish_seen_subcommand_from status displays map mode screenshot stats record power vm osd quit
end

complete -c pvgctl -f
complete -c pvgctl -l json -d 'print JSON'
complete -c pvgctl -l kiosk -r -d 'Wayland socket of the kiosk'
complete -c pvgctl -l timeout -x -d 'seconds to wait'
complete -c pvgctl -l version -d 'print the version'
complete -c pvgctl -l help -d 'print a summary'
complete -c pvgctl -n __pvgctl_bare -a status -d 'everything at a glance'
complete -c pvgctl -n __pvgctl_bare -a displays -d 'outputs, modes, what they show'
complete -c pvgctl -n __pvgctl_bare -a map -d 'show a display on another output'
complete -c pvgctl -n __pvgctl_bare -a mode -d 'change the mode of an output'
complete -c pvgctl -n __pvgctl_bare -a screenshot -d 'what an output shows, as PNG'
complete -c pvgctl -n __pvgctl_bare -a stats -d numbers
complete -c pvgctl -n __pvgctl_bare -a record -d 'capture what the device takes in'
complete -c pvgctl -n __pvgctl_bare -a power -d 'switch an output'
complete -c pvgctl -n __pvgctl_bare -a vm -d 'press a button of the VM'
complete -c pvgctl -n __pvgctl_bare -a osd -d 'statistics on the screen'
complete -c pvgctl -n __pvgctl_bare -a quit -d 'end the kiosk'
complete -c pvgctl -n '__fish_seen_subcommand_from map' -a '(seq 0 7) (__pvgctl_outputs)'
complete -c pvgctl -n '__fish_seen_subcommand_from mode' -a '(__pvgctl_outputs)'
complete -c pvgctl -n '__fish_seen_subcommand_from power' -a 'on off (__pvgctl_outputs)'
complete -c pvgctl -n '__fish_seen_subcommand_from vm' -a 'powerdown reset'
complete -c pvgctl -n '__fish_seen_subcommand_from osd' -a 'on off'
complete -c pvgctl -n '__fish_seen_subcommand_from stats' -l watch -d 'again and again'
complete -c pvgctl -n '__fish_seen_subcommand_from stats' -l interval -x -d seconds
complete -c pvgctl -n '__fish_seen_subcommand_from screenshot' -l display -x -a '(seq 0 7)'
complete -c pvgctl -n '__fish_seen_subcommand_from screenshot' -F
complete -c pvgctl -n '__fish_seen_subcommand_from record' -a 'start stop' -F
