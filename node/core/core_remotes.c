/* SPDX-License-Identifier: MIT
 * What control asks of far nodes, and of the host. */
#include <errno.h>
#include <string.h>

#include "core.h"
#include "state.h"

/* --- paths and keys --------------------------------------------------------------------------------------------- */

int core_set_path(struct core *c, const uint8_t key[static KEY_BYTES], const uint64_t *path, size_t n)
{
	struct remote *r;
	int err;

	if (c->stopped)
		return -ESHUTDOWN;
	gate_write(&c->gate);
	err = table_need(&r, &c->remotes, key);
	if (!err) {
		err = remote_set_path(r, path, n);
		table_release(&c->remotes, r);
	}
	gate_leave(&c->gate);
	return err;
}

static int drop(struct core *c, const uint8_t key[static KEY_BYTES], void (*what)(struct remote *r))
{
	struct remote *r;

	if (c->stopped)
		return 0;
	gate_write(&c->gate);
	r = table_find(&c->remotes, REMOTE_BY_KEY, key);
	if (r) {
		what(r);
		table_release(&c->remotes, r);
	}
	gate_leave(&c->gate);
	return 0;
}

int core_drop_path(struct core *c, const uint8_t key[static KEY_BYTES])
{
	return drop(c, key, remote_drop_path);
}

int core_install_keys(struct core *c, const uint8_t key[static KEY_BYTES], uint64_t local_seq, uint64_t remote_seq,
		      const struct shared_key *send, const uint8_t next_public[static KEY_BYTES], bool keep_nonce,
		      const struct core_receive *receive, size_t nreceive)
{
	struct remote_keys keys = {.local_seq = local_seq, .remote_seq = remote_seq, .send = *send};
	struct remote *r;
	int err = -ESHUTDOWN;

	memcpy(keys.next_public, next_public, KEY_BYTES);
	if (!c->stopped) {
		gate_write(&c->gate);
		err = table_need(&r, &c->remotes, key);
		if (!err) {
			err = remote_install(r, &keys, keep_nonce, receive, nreceive);
			table_release(&c->remotes, r);
		}
		gate_leave(&c->gate);
	}
	secret_wipe(&keys, sizeof keys);
	return err;
}

int core_drop_keys(struct core *c, const uint8_t key[static KEY_BYTES])
{
	return drop(c, key, remote_drop_keys);
}

int core_seal(struct core *c, const uint8_t key[static KEY_BYTES], const uint8_t *message, size_t len)
{
	if (!c->stopped)
		sender_message(&c->sender, key, message, len);
	return 0;
}

/* Taking a row's numbers resets them, so the next call finds the rows that did not fit. */
int core_activity(struct core_activity *rows, size_t *n, struct core *c)
{
	size_t room = *n, chain = 0;
	struct remote *r = NULL;

	*n = 0;
	if (c->stopped)
		return 0;
	gate_read(&c->gate);
	while (*n < room && (r = table_next(&c->remotes, &chain, r))) {
		struct core_activity *row = &rows[*n];

		row->received = atomic_exchange_explicit(&r->received, 0, memory_order_relaxed);
		row->sent = atomic_exchange_explicit(&r->sent, 0, memory_order_relaxed);
		memcpy(row->key, r->key, KEY_BYTES);
		*n += row->received || row->sent;
	}
	gate_leave(&c->gate);
	return 0;
}

/* --- the host --------------------------------------------------------------------------------------------------- */

int core_attach_tun(struct core *c, struct core_device device, size_t mtu)
{
	int err;

	gate_write(&c->gate);
	err = tun_open(c, device, mtu);
	gate_leave(&c->gate);
	return err;
}

void core_refuse_tun(struct core_device device)
{
	tun_refuse(device);
}

int core_detach_tun(struct core *c)
{
	gate_write(&c->gate);
	tun_close(c);
	gate_leave(&c->gate);
	return 0;
}

int core_set_host_mac(struct core *c, const uint8_t mac[static MAC_BYTES])
{
	gate_write(&c->gate);
	tun_set_host_mac(&c->tun, mac);
	gate_leave(&c->gate);
	return 0;
}

int core_write_packet(struct core *c, const uint8_t *packet, size_t len)
{
	gate_read(&c->gate);
	tun_write(c, packet, len);
	gate_leave(&c->gate);
	return 0;
}

int core_write_frame(struct core *c, const uint8_t *frame, size_t len)
{
	gate_read(&c->gate);
	tun_write_frame(c, frame, len);
	gate_leave(&c->gate);
	return 0;
}
