/* SPDX-License-Identifier: MIT
 * OpenSSL over our own BIO. Output is gathered into 16 KiB records, because one record per small frame costs five
 * times the CPU, and several records leave in one write; input is received in large pieces, because OpenSSL alone would
 * ask twice per record. */
#include "tls.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "socket.h"
#include "tls_certificate.h"

#define RECORD_BYTES 16384
#define SEND_BYTES (4 * RECORD_BYTES) /* of plaintext for one write */
#define RECEIVE_BYTES 65536
#define RECORD_SLACK 17408 /* a record that was nearly complete before this receive, with room to spare */

struct tls_context {
	BIO_METHOD *bio;
	SSL_CTX *client;
	SSL_CTX *server;
};

struct tls {
	SSL *ssl;
	int fd;
	bool wants_write;
	bool receiving;        /* tls_read: take from `source`, never from the socket */
	const uint8_t *source; /* received, not yet decrypted */
	size_t source_len;
	struct buffer out; /* records, not yet sent */
	char reason[TLS_REASON_MAX];
};

/* Takes all of it, so OpenSSL never holds a record that it has begun. */
static int bio_write(BIO *bio, const char *data, int len)
{
	struct tls *t = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	errno = buffer_append(&t->out, (const uint8_t *)data, (size_t)len) ? ENOMEM : 0;
	return errno ? -1 : len;
}

static int bio_read(BIO *bio, char *data, int len)
{
	struct tls *t = BIO_get_data(bio);
	size_t n = (size_t)len < t->source_len ? (size_t)len : t->source_len;
	ssize_t got = -EAGAIN;

	BIO_clear_retry_flags(bio);
	if (n) {
		memcpy(data, t->source, n);
		t->source += n;
		t->source_len -= n;
		return (int)n;
	}
	if (!t->receiving)
		got = socket_receive(t->fd, (uint8_t *)data, (size_t)len);
	if (got == -EAGAIN)
		BIO_set_retry_read(bio);
	return got < 0 ? -1 : (int)got;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "everleaf link");

	if (m && BIO_meth_set_write(m, bio_write) && BIO_meth_set_read(m, bio_read) &&
	    BIO_meth_set_ctrl(m, bio_control))
		return m;
	BIO_meth_free(m);
	return NULL;
}

/* AES-128 first where the CPU does it, as Go has it: what is inside was sealed by its sender, and ten rounds cost less
 * than fourteen. Elsewhere OpenSSL's own order. */
static bool prefer_ciphers(SSL_CTX *ctx)
{
	return !crypto_aead_aes256gcm_is_available() ||
	       SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256");
}

static SSL_CTX *settings(const SSL_METHOD *method, int oldest, struct tls_certificate *own)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (!ctx)
		return NULL;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	if (prefer_ciphers(ctx) && SSL_CTX_set_num_tickets(ctx, 0) && SSL_CTX_set_min_proto_version(ctx, oldest) &&
	    SSL_CTX_use_certificate(ctx, own->certificate) && SSL_CTX_use_PrivateKey(ctx, own->key))
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

int tls_context_new(struct tls_context **out, const struct identity *id)
{
	struct tls_context *c = calloc(1, sizeof *c);
	struct tls_certificate own;
	int err;

	if (!c)
		return -ENOMEM;
	err = tls_certificate_make(&own, id);
	if (err) {
		free(c);
		return err;
	}
	c->bio = bio_method();
	c->client = settings(TLS_client_method(), TLS1_2_VERSION, &own);
	c->server = settings(TLS_server_method(), TLS1_3_VERSION, &own);
	tls_certificate_free(&own);
	if (!c->bio || !c->client || !c->server) {
		ERR_clear_error();
		tls_context_free(c);
		return -ENOMEM;
	}
	*out = c;
	return 0;
}

void tls_context_free(struct tls_context *c)
{
	if (!c)
		return;
	SSL_CTX_free(c->client);
	SSL_CTX_free(c->server);
	BIO_meth_free(c->bio);
	free(c);
}

static int attach(struct tls *t, struct tls_context *c)
{
	BIO *bio = BIO_new(c->bio);

	if (!bio)
		return -ENOMEM;
	BIO_set_data(bio, t);
	BIO_set_init(bio, 1);
	SSL_set_bio(t->ssl, bio, bio);
	return 0;
}

int tls_new(struct tls **out, struct tls_context *c, int fd, bool server, const char *sni)
{
	struct tls *t = calloc(1, sizeof *t);
	int err = -ENOMEM;

	if (!t)
		return -ENOMEM;
	t->fd = fd;
	t->ssl = SSL_new(server ? c->server : c->client);
	if (!t->ssl)
		goto out;
	err = attach(t, c);
	if (err)
		goto out;
	if (server) {
		SSL_set_accept_state(t->ssl);
	} else {
		SSL_set_connect_state(t->ssl);
		if (sni && *sni && !SSL_set_tlsext_host_name(t->ssl, sni))
			err = -EINVAL;
	}
out:
	ERR_clear_error();
	if (err)
		tls_free(t);
	else
		*out = t;
	return err;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	buffer_free(&t->out);
	free(t);
}

/* The first error in OpenSSL's queue is the cause; the later ones are its callers. */
static void note_reason(struct tls *t, int saved_errno)
{
	unsigned long first = ERR_get_error();
	const char *text = first ? ERR_reason_error_string(first) : NULL;

	if (!text)
		text = saved_errno ? strerror(saved_errno) : "the connection ended";
	snprintf(t->reason, sizeof t->reason, "TLS: %s", text);
	ERR_clear_error();
}

/* Translate the result of an SSL call: -EAGAIN, 0 for a clean end, or -EPROTO with the reason noted. */
static int judge(struct tls *t, int result)
{
	int saved_errno = errno;

	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		note_reason(t, saved_errno);
		return -EPROTO;
	}
}

int tls_flush(struct tls *t)
{
	struct iovec part = {buffer_head(&t->out), buffer_len(&t->out)};
	ssize_t sent = part.iov_len ? socket_send(t->fd, &part, 1) : 0;

	if (sent < 0 && sent != -EAGAIN) {
		note_reason(t, (int)-sent);
		return (int)sent;
	}
	if (sent > 0)
		buffer_consume(&t->out, (size_t)sent, SIZE_MAX);
	t->wants_write = buffer_len(&t->out) > 0;
	return t->wants_write ? -EAGAIN : 0;
}

int tls_handshake(struct tls *t)
{
	int result, err, flushed;

	ERR_clear_error();
	errno = 0;
	result = SSL_do_handshake(t->ssl);
	err = result == 1 ? 0 : judge(t, result);
	if (result != 1 && !err)
		err = -EPROTO;
	flushed = tls_flush(t); /* an alert, too */
	if (!err && flushed && flushed != -EAGAIN)
		return flushed;
	return err;
}

bool tls_peer_key(uint8_t key[static KEY_BYTES], const struct tls *t)
{
	X509 *certificate = SSL_get1_peer_certificate(t->ssl);
	EVP_PKEY *pkey = certificate ? X509_get0_pubkey(certificate) : NULL;
	size_t len = KEY_BYTES;
	bool found = pkey && EVP_PKEY_get_id(pkey) == EVP_PKEY_ED25519 &&
		     EVP_PKEY_get_raw_public_key(pkey, key, &len) == 1;

	X509_free(certificate);
	ERR_clear_error();
	return found;
}

ssize_t tls_read(struct tls *t, uint8_t *data, size_t room)
{
	uint8_t cipher[RECEIVE_BYTES];
	size_t limit = room - RECORD_SLACK < sizeof cipher ? room - RECORD_SLACK : sizeof cipher;
	ssize_t got = socket_receive(t->fd, cipher, limit);
	size_t total = 0, n;
	int err, flushed = 0;

	if (got < 0 && got != -EAGAIN)
		note_reason(t, (int)-got);
	if (got <= 0)
		return got;
	t->source = cipher;
	t->source_len = (size_t)got;
	t->receiving = true;
	ERR_clear_error();
	errno = 0;
	while (SSL_read_ex(t->ssl, data + total, room - total, &n) == 1)
		total += n;
	err = judge(t, 0);
	t->receiving = false;
	t->source = NULL;
	if (err == -EAGAIN && !t->wants_write)
		flushed = tls_flush(t); /* OpenSSL may have had to answer */
	if (flushed && flushed != -EAGAIN)
		err = flushed;
	if (err && err != -EAGAIN)
		return err; /* what came before it is of no use any more */
	return total ? (ssize_t)total : err;
}

/* Encrypt, into `out`. */
static int encrypt_part(struct tls *t, const uint8_t *data, size_t len)
{
	size_t done;
	int err;

	if (!len)
		return 0;
	ERR_clear_error();
	errno = 0;
	if (SSL_write_ex(t->ssl, data, len, &done) == 1)
		return 0;
	err = judge(t, 0);
	return err ? err : -EPIPE;
}

/* What one call of tls_write has open. */
struct gathering {
	size_t len;
	uint8_t record[RECORD_BYTES];
};

/* Take from the front of `part`: whole records as they lie there, or what the open record has room for. The bytes taken,
 * or -errno. */
static ssize_t take(struct gathering *g, struct tls *t, const uint8_t *part, size_t len)
{
	size_t n = len < SEND_BYTES ? len - len % RECORD_BYTES : SEND_BYTES;
	int err = 0;

	if (!g->len && n) {
		err = encrypt_part(t, part, n);
		return err ? err : (ssize_t)n;
	}
	n = len < RECORD_BYTES - g->len ? len : RECORD_BYTES - g->len;
	memcpy(g->record + g->len, part, n);
	g->len += n;
	if (g->len == RECORD_BYTES) {
		err = encrypt_part(t, g->record, g->len);
		g->len = 0;
	}
	return err ? err : (ssize_t)n;
}

ssize_t tls_write(struct tls *t, const struct iovec *parts, size_t n)
{
	struct gathering g;
	ssize_t taken = 0;
	int err = tls_flush(t); /* before more, so that at most one write's records wait */

	g.len = 0;
	for (size_t i = 0; i < n && !err; i++) {
		const uint8_t *part = parts[i].iov_base;

		for (size_t done = 0; done < parts[i].iov_len && !err;) {
			ssize_t step = take(&g, t, part + done, parts[i].iov_len - done);

			if (step < 0)
				return step;
			done += (size_t)step;
			taken += step;
			if (buffer_len(&t->out) >= SEND_BYTES)
				err = tls_flush(t);
		}
	}
	if (err && err != -EAGAIN)
		return err;
	err = encrypt_part(t, g.record, g.len);
	if (!err)
		err = tls_flush(t);
	return err && err != -EAGAIN ? err : taken;
}

void tls_rest(struct tls *t)
{
	if (!buffer_len(&t->out))
		buffer_free(&t->out);
}

bool tls_wants_write(const struct tls *t)
{
	return t->wants_write;
}

const char *tls_reason(const struct tls *t)
{
	return t->reason[0] ? t->reason : "TLS: closed";
}
