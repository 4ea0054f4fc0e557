// SPDX-License-Identifier: GPL-2.0-or-later
#include "core.h"

bool pvg_gate_init(struct pvg_gate *gate) {
	pthread_rwlockattr_t attr;

	*gate = (struct pvg_gate){ 0 };
	if (pthread_rwlockattr_init(&attr) != 0) {
		return false;
	}
	// A storm of ticks must not keep a reset waiting.
	(void)pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	bool ok = pthread_rwlock_init(&gate->lock, &attr) == 0;
	(void)pthread_rwlockattr_destroy(&attr);
	return ok;
}

void pvg_gate_finish(struct pvg_gate *gate) {
	(void)pthread_rwlock_destroy(&gate->lock);
}

bool pvg_gate_enter(struct pvg_device *device) {
	struct pvg_gate *gate = &device->core->gate;

	/*
	 * Never waits: who is refused while the device thread changes something writes nothing, as
	 * if it had come after. A tick that waited here could hold a lock that the reset needs.
	 */
	if (pthread_rwlock_tryrdlock(&gate->lock) != 0) {
		return false;
	}
	if (gate->open &&
		atomic_load_explicit(&gate->page->epoch, memory_order_acquire) == gate->epoch) {
		return true;
	}
	(void)pthread_rwlock_unlock(&gate->lock);
	return false;
}

void pvg_gate_leave(struct pvg_device *device) {
	(void)pthread_rwlock_unlock(&device->core->gate.lock);
}

void pvg_gate_lock(struct pvg_device *device) {
	(void)pthread_rwlock_wrlock(&device->core->gate.lock);
}

void pvg_gate_unlock(struct pvg_device *device) {
	(void)pthread_rwlock_unlock(&device->core->gate.lock);
}

void pvg_gate_close(struct pvg_device *device) {
	pvg_gate_lock(device);
	device->core->gate.open = false;
	pvg_gate_unlock(device);
}

void pvg_gate_open(struct pvg_device *device, struct pvg_link_page *page, uint32_t epoch) {
	struct pvg_gate *gate = &device->core->gate;

	pvg_gate_lock(device);
	gate->page = page;
	gate->epoch = epoch;
	gate->open = true;
	pvg_gate_unlock(device);
}
