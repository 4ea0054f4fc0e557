// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The interrupt: an eventfd that the host writes. Where KVM can, it is an irqfd and no thread of
 * QEMU takes part; else the main loop reads it and sends the message (spec 06 section 6.3). QEMU
 * helps with irqfds for MSI-X only, so the routes of plain MSI are kept here.
 */
#include "shim.h"

static void deliver(PVGShim *s) {
	if (msi_enabled(&s->pci)) {
		msi_notify(&s->pci, 0);
	}
}

static void handle_irq_readable(void *opaque) {
	PVGShim *s = opaque;
	// With MSI off the signal is dropped; shim_irq_update makes up for it (spec 06 6.4 rule 5).
	if (pvg_link_drain(s->irq.fd)) {
		deliver(s);
	}
}

static void irqfd_remove(PVGShim *s) {
	if (s->irq.virq < 0) {
		return;
	}
	kvm_irqchip_remove_irqfd_notifier_gsi(kvm_state, &s->irq.notifier, s->irq.virq);
	kvm_irqchip_release_virq(kvm_state, s->irq.virq);
	s->irq.virq = -1;
}

static bool irqfd_install(PVGShim *s) {
	KVMRouteChange change = kvm_irqchip_begin_route_changes(kvm_state);
	int virq = kvm_irqchip_add_msi_route(&change, 0, &s->pci);
	if (virq < 0) {
		shim_log(s, SHIM_LOG_IRQ, true, "no MSI route (%s): interrupts go by the main loop",
			strerror(-virq));
		return false;
	}
	kvm_irqchip_commit_route_changes(&change);
	int ret = kvm_irqchip_add_irqfd_notifier_gsi(kvm_state, &s->irq.notifier, NULL, virq);
	if (ret < 0) {
		kvm_irqchip_release_virq(kvm_state, virq);
		shim_log(s, SHIM_LOG_IRQ, true, "no irqfd (%s): interrupts go by the main loop",
			strerror(-ret));
		return false;
	}
	s->irq.virq = virq;
	s->irq.message = msi_get_message(&s->pci, 0);
	return true;
}

void shim_irq_resignal(PVGShim *s) {
	if (s->page == NULL ||
		(atomic_load(&s->page->intr_disp) | atomic_load(&s->page->intr_gpu)) == 0) {
		return;
	}
	if (s->irq.fd >= 0) {
		pvg_link_signal(s->irq.fd);
	} else {
		deliver(s);
	}
}

static bool irqfd_wanted(PVGShim *s) {
	return s->irqfd && s->irq.fd >= 0 && kvm_msi_via_irqfd_enabled() && msi_enabled(&s->pci);
}

static void handler_set(PVGShim *s) {
	if (s->irq.fd >= 0) {
		// While an irqfd is installed KVM is the only reader.
		qemu_set_fd_handler(s->irq.fd, s->irq.virq < 0 ? handle_irq_readable : NULL, NULL,
			s);
	}
}

void shim_irq_update(PVGShim *s) {
	bool on = msi_enabled(&s->pci);
	bool changed = on && !s->irq.msi_was_on;
	s->irq.msi_was_on = on;
	if (s->irq.virq >= 0 && !irqfd_wanted(s)) {
		irqfd_remove(s);
		handler_set(s);
	} else if (s->irq.virq >= 0) {
		MSIMessage message = msi_get_message(&s->pci, 0);
		if (message.address != s->irq.message.address ||
			message.data != s->irq.message.data) {
			kvm_irqchip_update_msi_route(kvm_state, s->irq.virq, message, &s->pci);
			kvm_irqchip_commit_routes(kvm_state);
			s->irq.message = message;
			changed = true;
		}
	} else if (irqfd_wanted(s)) {
		changed = irqfd_install(s) || changed;
		handler_set(s);
	}
	if (changed) {
		shim_irq_resignal(s);
	}
}

void shim_irq_init(PVGShim *s) {
	s->irq.fd = -1;
	s->irq.virq = -1;
}

void shim_irq_attach(PVGShim *s, int fd) {
	s->irq.fd = fd;
	event_notifier_init_fd(&s->irq.notifier, fd);
	handler_set(s);
	shim_irq_update(s);
	shim_irq_resignal(s);
}

void shim_irq_detach(PVGShim *s) {
	if (s->irq.fd < 0) {
		return;
	}
	irqfd_remove(s);
	qemu_set_fd_handler(s->irq.fd, NULL, NULL, NULL);
	close(s->irq.fd);
	s->irq.fd = -1;
}

/*
 * A reset clears the enable bit behind config_write's back, and may do so after this handler, so
 * the irqfd goes without looking at it. The guest's next enable brings it back.
 */
void shim_irq_reset(PVGShim *s) {
	irqfd_remove(s);
	s->irq.msi_was_on = false;
	handler_set(s);
	if (s->irq.fd >= 0) {
		pvg_link_drain(s->irq.fd);
	}
}
