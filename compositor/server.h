// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The objects of pvg-kiosk and who owns what. Everything here lives on the main thread.
 */
#ifndef COMPOSITOR_SERVER_H
#define COMPOSITOR_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <wayland-server-core.h>
#include <wlr/types/wlr_output.h>
#include <wlr/types/wlr_scene.h>

#include "autostart.h"
#include "histogram.h"
#include "facts.h"
#include "image.h"
#include "map.h"
#include "options.h"
#include "pacing.h"
#include "vm.h"

struct pk_link;
struct pk_monitors;
struct pk_panel;
struct pk_nested;
struct pk_x11;
struct pk_seat;
struct pk_xdg;
struct pk_shots;
struct pk_stats;
struct pk_trace;
struct pk_capture;
struct pk_control;
struct pk_gamma;
struct pk_gamma_table;
struct pk_osd;
struct pk_osd_view;
struct pk_power;

// How guest frames reached the screen (docs/architecture.md, "The way of a frame").
enum pk_way {
	PK_WAY_PLANE,     // the guest's GPU surface itself
	PK_WAY_COMPOSITE, // one pass of the renderer
	PK_WAY_UPLOAD,    // a picture that the CPU wrote, committed as it is
	PK_WAY_READBACK,  // a GPU surface copied back to memory first
	PK_WAY_COUNT,
};

// Why a frame was not committed directly (spec 04 section 14.5).
enum pk_indirect {
	PK_DIRECT,
	PK_INDIRECT_NO_PICTURE,
	PK_INDIRECT_COVERED, // a client window or a message is above
	PK_INDIRECT_SIZE,    // another size than the output's mode
	PK_INDIRECT_CURSOR,  // the pointer is drawn into the picture
	PK_INDIRECT_OSD,     // statistics are drawn into the picture
	PK_INDIRECT_LOCK,    // a capture or the output asks for compositing
	PK_INDIRECT_REFUSED, // the output does not take the buffer
};

// One refresh of one port; the main loop's own times tell late ticks apart.
struct pk_port_stats {
	uint64_t flips, ticks, missed, watchdogs, discarded, commits;
	uint64_t queued; // pictures that waited for the flip of another
	uint64_t late[PK_LATE_COUNT];
	uint64_t ways[PK_WAY_COUNT];
	uint64_t cpu_bytes; // copied by the CPU for frames that were shown
	int64_t delay_sum_ns, delay_max_ns; // vblank to interrupt
	struct pk_histogram tick_late;    // from where it was due to the interrupt
	struct pk_histogram slack;        // picture before the latch; late: after it
	struct pk_histogram commit_after; // doorbell of a picture to its commit, nothing in flight
	struct pk_histogram cursor_after; // move of the pointer to the commit that shows it
	uint64_t cursor_over;             // of these, those that took more than a refresh
	int64_t last_tick_ns, span_ns; // newest tick; time between ticks that followed one another
	uint64_t spans;
};

struct pk_cursor {
	struct wlr_buffer *glyph;                // owned, NULL: none
	uint32_t width, height, hot_x, hot_y;    // of the glyph, guest pixels
	struct pvg_cursor_state state;
};

// The guest's pointer on one output that shows its display.
struct pk_cursor_view {
	struct wlr_output_cursor *plane; // owned by the wlr_output, NULL: not used
	struct wlr_scene_buffer *node;   // owned by the scene; NULL: it shows no display
	bool plane_has_glyph;
	bool plane_refused; // with nobody else to blame: the glyph is drawn until it is another one
	bool carried; // a parent compositor shows it as its own pointer
};

// A display of the VM. Exists with or without an output behind it.
struct pk_port {
	struct pk_server *server; // borrowed
	unsigned int index;
	bool described;           // pvg_display_set_desc was given a description
	struct pk_facts facts; // of its panel; kept when that goes
	struct pvg_display_desc desc; // the newest description
	struct pk_output *output; // listened to through pk_output_destroy; NULL: none
	enum pvg_display_state state;
	bool asleep;

	struct pk_pacing pacing;
	unsigned int unarmed_run; // ticks in a row that found nothing armed
	int timer_fd; // owned timerfd
	struct wl_event_source *timer_source;
	int64_t armed_ns; // what timer_fd is set to

	struct pk_image *shown;    // newest picture taken: in flight or on glass
	struct pk_image *previous; // still on glass while .shown is in flight
	uint32_t shown_width, shown_height; // of the newest picture
	bool shown_new;            // .shown was never committed
	uint64_t pictures;         // that were taken
	enum pk_way shown_way;
	uint64_t shown_bytes; // that the CPU copied for it
	const char *left_plane; // static: why a frame was not on the plane first, NULL: all were
	bool flip_counts; // the commit in flight carries a frame that was not shown before

	struct pk_gamma_table *gamma; // owned, NULL: the identity
	bool gamma_logged;

	struct pk_cursor cursor;
	int64_t cursor_ns; // oldest move of the pointer that was not committed, 0: none
	bool vblank_told;  // that the output has none
	struct pk_port_stats stats;
};

struct pk_output {
	struct wl_list link; // pk_server.outputs
	struct pk_server *server; // borrowed
	struct wlr_output *wlr;   // listened to
	struct wlr_scene_output *scene_output; // owned by the wlr_output
	struct pk_port *port;     // borrowed, NULL: shows clients and messages only
	struct pk_port *mirror;   // the same, but another output drives it (.port is NULL)
	uint64_t mirrored;        // pk_port.pictures of the newest one that it has committed
	struct pk_panel *panel;   // owned by pk_server.monitors; NULL: no memory for one
	int lx, ly;               // in the layout
	struct pk_mode own_mode;  // while the guest's is shown instead; width 0: it is not
	bool following;           // a change of mode is the guest's, not the user's
	int first_width, first_height; // when it was new
	char title[128];          // of the window
	struct pk_output_config wish; // what the user says; texts borrowed from the options

	struct wlr_scene_tree *tree;        // owned by the scene: what follows
	struct wlr_scene_buffer *picture;   // the guest's
	struct wlr_scene_buffer *message;   // idle picture
	struct pk_cursor_view cursor;
	char message_text[256];             // what .message says
	int message_width, message_height;

	bool switched_off; // by the user
	struct pk_osd_view *osd; // owned, NULL: never shown here
	struct {
		bool due;             // the next commit changes it
		bool refused;         // for good
		struct pk_port *port; // whose table is in force
	} gamma;

	bool placed;       // in the layout, with a port if there was one
	bool plane_cursor; // a cursor plane may be used
	bool synthetic;    // no flips of its own: the kiosk's timer decides
	enum pk_indirect indirect; // newest reason
	bool indirect_logged;
	// The direct buffer that the output refused, so that it is not asked for each frame.
	struct {
		uint32_t width, height, fourcc;
		enum pk_memory memory;
		bool set;
	} refused, accepted;
	unsigned int direct_failures; // commits of accepted buffers that failed, in a row
	int64_t refused_until_ns;     // then it is asked again; 0: not by time
	bool was_direct;   // the newest commit was
	bool repaint_now;  // a deferred repaint is due
	struct wl_event_source *repaint_idle; // NULL: none scheduled

	struct wl_listener frame;
	struct wl_listener present;
	struct wl_listener request_state;
	struct wl_listener destroy;
};

struct pk_server {
	struct pk_options *options; // borrowed; changed by reload.c alone
	struct wl_display *display;
	struct wl_event_loop *loop;
	struct wlr_backend *backend;
	struct wlr_session *session; // owned by the backend; NULL: none
	struct wlr_renderer *renderer;
	struct wlr_allocator *allocator;
	struct wlr_output_layout *layout;
	struct wlr_scene *scene;
	struct wlr_scene_tree *guest_tree;
	struct wlr_scene_tree *client_tree;
	const char *backend_name; // static
	bool nested;              // a window of somebody else's
	struct pk_nested *parent; // owned, NULL: the windows are not those of a Wayland session
	struct pk_x11 *x11;       // owned, NULL: nor of an X server that tells enough

	struct wl_list outputs; // pk_output.link, oldest first
	struct pk_port ports[PVG_MAX_PORTS];
	struct pk_pool pool;
	struct pk_vm *vm;     // owned
	struct pk_link *link; // owned
	struct pk_seat *seat; // owned
	struct pk_xdg *xdg;   // owned
	struct pk_monitors *monitors; // owned
	struct pk_stats *stats; // owned
	struct pk_trace *trace; // owned, NULL: none
	struct pk_shots *shots; // owned
	struct pk_capture *capture; // owned
	struct pk_gamma *gamma;     // owned
	struct pk_power *power;     // owned
	struct pk_osd *osd;         // owned
	struct pk_control *control; // owned
	struct wl_event_source *vm_source;
	struct wl_event_source *desc_timer;

	const char *clients_name; // the display's: its Wayland socket; NULL: there is none
	bool clients_first;  // the user wants client windows above the guest
	bool vm_connected, vm_running;
	uint32_t vm_connection; // serial of the newest one
	char vm_name[32];
	uint8_t vm_uuid[16];
	unsigned int vm_displays;
	struct pvg_mode user_modes[PVG_MAX_MODES]; // display-modes of the VM
	size_t user_mode_count;
	const char *idle_reason; // static: what became of the picture; NULL: nothing happened yet
	uint64_t contexts_lost_seen; // counter at the newest picture or connection

	struct pk_autostart autostart;
	int64_t started_ns;
	bool renderer_seen; // outputs know what it can
	bool started; // the backend has announced what was there at the start
	bool running;
	bool close_requested;
	bool display_lost; // what we show on went away
	int exit_status;

	// The main loop's clock, for telling late ticks apart.
	struct pk_loop_times loop_times;
	uint64_t wakeups;

	bool listening; // to the backend
	struct wl_listener new_output;
	struct wl_listener new_input;
	struct wl_listener backend_destroy;
	struct wl_listener session_active;
};

int64_t pk_now_ns(void);
int64_t pk_cpu_ns(void); // of this thread

bool pk_server_init(struct pk_server *server, struct pk_options *options);
void pk_server_finish(struct pk_server *server);
void pk_server_run(struct pk_server *server);
void pk_server_stop(struct pk_server *server, int exit_status);
// The user asks to end it: the first time the VM's power button, the second time the VM itself.
void pk_server_request_close(struct pk_server *server);
// A window was closed: the same, and the window comes back while the VM shuts down.
void pk_server_window_closed(struct pk_server *server);

/* vm events and ports: ports.c */

bool pk_ports_init(struct pk_server *server);
void pk_ports_finish(struct pk_server *server);
void pk_port_attach(struct pk_port *port, struct pk_output *output);
void pk_port_detach(struct pk_port *port);
void pk_port_arm(struct pk_port *port);
// Before a commit, and whenever the grid changes: ticks that were lent are ours again.
void pk_port_take_ticks(struct pk_port *port);
// The output's flip, real or synthetic.
void pk_port_flip(struct pk_port *port, const struct pk_pacing_step *step);
// Takes the newest queued picture; true when .shown changed.
bool pk_port_take(struct pk_port *port);
void pk_port_update_ticking(struct pk_port *port);
bool pk_port_online(const struct pk_port *port);
// Displays that a VM started now would find.
unsigned int pk_ports_described(const struct pk_server *server);
uint64_t pk_ports_flips(const struct pk_server *server);

// The renderer comes up beside the outputs; @wait for it, because somebody needs it now.
void pk_server_look_for_renderer(struct pk_server *server, bool wait);
// The connection of a VM came up or went away.
void pk_server_vm_connected(struct pk_server *server);
void pk_server_vm_gone(struct pk_server *server, const char *reason);
void pk_server_vm_running(struct pk_server *server, bool running);

/* ticks and the outputs that they come from: genlock.c */

// The output of a port, or its mode, is new.
void pk_genlock_attach(struct pk_port *port);
void pk_genlock_phase_changed(struct pk_server *server);
// Of the modes of the same size the fastest when the refresh is to be variable, else @mode.
struct wlr_output_mode *pk_genlock_best_mode(struct pk_output *output,
	struct wlr_output_mode *mode);
// Commits @state with adaptive sync. False: it is not wanted, or the output does not take it.
bool pk_genlock_commit_vrr(struct pk_output *output, struct wlr_output_state *state);
// A commit was taken, with .shown if it is new.
void pk_genlock_committed(struct pk_port *port);
void pk_genlock_flipped(struct pk_port *port, const struct wlr_output_event_present *event);

/* outputs: output.c */

void pk_output_create(struct pk_server *server, struct wlr_output *wlr);
// Gives new outputs their place in the layout and a port.
void pk_server_place_outputs(struct pk_server *server);
// Commits a change of mode or state, and sets right what hangs on it. False: refused.
bool pk_output_change(struct pk_output *output, const struct wlr_output_state *state);
/**
 * pk_output_choose_mode - puts a mode into a state
 * @want: width 0: any
 *
 * False: the panel has none of that size, its preferred one was put in.
 */
bool pk_output_choose_mode(struct pk_output *output, struct wlr_output_state *state,
	const struct pk_mode *want);
bool pk_output_has_mode(struct pk_output *output, const struct pk_mode *want);
// Where pictures for its port are made.
void pk_output_choose_memory(struct pk_output *output);
// The display that is seen on it, NULL: none.
struct pk_port *pk_output_source(const struct pk_output *output);
void pk_output_repaint(struct pk_output *output);
void pk_output_schedule_repaint(struct pk_output *output);
// Where the guest's picture lies, output pixels.
struct pk_rect pk_output_picture(const struct pk_output *output);
const char *pk_way_name(enum pk_way way);
const char *pk_indirect_name(enum pk_indirect reason);
// Sets which trees are seen, and the messages, after anything about it changed.
void pk_server_update_view(struct pk_server *server);
bool pk_server_shows_clients(const struct pk_server *server);

/* title.c */

// Says in the windows' titles what they show and how to get out.
void pk_server_update_titles(struct pk_server *server);

/* the configuration file, read again: reload.c */

// False: it has errors (said), and everything is as it was.
bool pk_server_reload(struct pk_server *server);

/* descriptions of outputs for the guest: describe.c */

void pk_server_describe(struct pk_server *server);
// Facts of a port's panel as its output has them now, for those who list modes.
void pk_describe_facts(const struct pk_output *output, struct pk_facts *facts);
// The same, 250 ms after the last of several changes (spec 04 section 14.10).
void pk_server_describe_later(struct pk_server *server);

/* cursor.c */

void pk_cursor_set_glyph(struct pk_port *port, const struct pk_glyph *glyph);
void pk_cursor_set_state(struct pk_port *port, const struct pvg_cursor_state *state);
// On all outputs that show the port.
void pk_cursor_update(struct pk_port *port);
// A capture may want the pointer in the picture, which nobody announces.
void pk_cursor_before_commit(struct pk_output *output);
// True while the pointer is drawn into the picture of @output. Takes a cursor plane back that
// somebody borrowed.
bool pk_cursor_is_composited(struct pk_output *output);
// @output shows a display from now on (pk_output_source), or no longer. Once for each.
void pk_cursor_enter(struct pk_output *output);
void pk_cursor_leave(struct pk_output *output);

#endif
