/* SPDX-License-Identifier: MIT
 * table and remote: three ways to find an entry, who wins when two share a /64, and what an entry keeps. */
#include "table.h"

#include "check.h"

enum { MANY = 3000 };

static void numbered(uint8_t key[static KEY_BYTES], unsigned n)
{
	memset(key, 0xa5, KEY_BYTES);
	memcpy(key + 1, &n, sizeof n);
}

static void give_path(struct remote *r)
{
	CHECK(remote_set_path(r, (uint64_t[]){1, 300}, 2) == 0);
}

static void test_entries_are_found_three_ways_while_the_table_grows(void)
{
	uint8_t key[KEY_BYTES];
	struct remote *r, *again;
	struct table t;
	size_t chain = 0, seen = 0;

	CHECK(table_init(&t) == 0);
	for (unsigned i = 0; i < MANY; i++) {
		numbered(key, i);
		CHECK(table_find(&t, REMOTE_BY_KEY, key) == NULL);
		CHECK(table_need(&r, &t, key) == 0 && table_need(&again, &t, key) == 0 && again == r);
		give_path(r);
	}
	for (unsigned i = 0; i < MANY; i++) {
		struct address a;

		numbered(key, i);
		a = address_of(key);
		r = table_find(&t, REMOTE_BY_KEY, key);
		CHECK(r && memcmp(r->key, key, KEY_BYTES) == 0);
		CHECK(table_find(&t, REMOTE_BY_NODE, a.node) == r && table_find(&t, REMOTE_BY_SUBNET, a.subnet) == r);
	}
	for (r = table_next(&t, &chain, NULL); r; r = table_next(&t, &chain, r))
		seen++;
	CHECK(seen == MANY && t.count == MANY);
	table_destroy(&t);
	table_destroy(&t);
}

static void test_the_older_of_two_equal_addresses_is_found(void)
{
	uint8_t key[KEY_BYTES], twin[KEY_BYTES];
	struct remote *first, *second, *other;
	struct address a;
	struct table t;

	CHECK(table_init(&t) == 0);
	numbered(key, 1);
	memcpy(twin, key, KEY_BYTES);
	twin[KEY_BYTES - 1] ^= 1; /* beyond the bits an address shows */
	a = address_of(key);
	CHECK(table_need(&first, &t, key) == 0 && table_need(&second, &t, twin) == 0);
	give_path(first);
	for (unsigned i = 2; i < MANY; i++) {
		numbered(key, i);
		CHECK(table_need(&other, &t, key) == 0);
	}
	CHECK(table_find(&t, REMOTE_BY_NODE, a.node) == first && table_find(&t, REMOTE_BY_SUBNET, a.subnet) == first);
	remote_drop_path(first);
	table_release(&t, first);
	CHECK(table_find(&t, REMOTE_BY_NODE, a.node) == second && table_find(&t, REMOTE_BY_SUBNET, a.subnet) == second);
	table_destroy(&t);
}

static void test_an_entry_stays_as_long_as_it_has_a_path_or_keys(void)
{
	struct remote_keys keys = {0};
	uint8_t key[KEY_BYTES] = {9};
	struct remote *r;
	struct table t;

	CHECK(table_init(&t) == 0);
	CHECK(table_need(&r, &t, key) == 0);
	give_path(r);
	CHECK(remote_install(r, &keys, false, NULL, 0) == 0);
	remote_drop_path(r);
	table_release(&t, r);
	CHECK(table_find(&t, REMOTE_BY_KEY, key) == r && remote_has_keys(r) && !remote_has_path(r));
	remote_drop_keys(r);
	table_release(&t, r);
	CHECK(table_find(&t, REMOTE_BY_KEY, key) == NULL && t.count == 0);
	table_destroy(&t);
}

static void test_windows_survive_only_with_their_whole_pair(void)
{
	struct shared_key one = {{1}}, two = {{2}};
	struct core_receive rows[] = {{1, 2, &one, true}, {3, 4, &one, false}};
	struct remote_keys keys = {0};
	uint8_t key[KEY_BYTES] = {9};
	struct remote *r = remote_new(key);

	CHECK(r && remote_install(r, &keys, false, rows, 2) == 0);
	CHECK(replay_accept(&remote_row(r, 1, 2)->window, 5) && replay_accept(&remote_row(r, 3, 4)->window, 5));
	rows[1].key = &two;
	CHECK(remote_install(r, &keys, false, rows, 2) == 0);
	CHECK(!replay_accept(&remote_row(r, 1, 2)->window, 5) && replay_accept(&remote_row(r, 3, 4)->window, 5));
	CHECK(remote_row(r, 2, 1) == NULL);
	remote_free(r);
}

static void test_the_nonce_goes_on_only_when_asked(void)
{
	struct remote_keys keys = {0};
	uint8_t key[KEY_BYTES] = {9};
	struct remote *r = remote_new(key);

	CHECK(r);
	r->nonce = 7;
	CHECK(remote_install(r, &keys, true, NULL, 0) == 0 && r->nonce == 7);
	CHECK(remote_install(r, &keys, false, NULL, 0) == 0 && r->nonce == 0);
	remote_free(r);
}

int main(void)
{
	CHECK(crypto_start() == 0);
	test_entries_are_found_three_ways_while_the_table_grows();
	test_the_older_of_two_equal_addresses_is_found();
	test_an_entry_stays_as_long_as_it_has_a_path_or_keys();
	test_windows_survive_only_with_their_whole_pair();
	test_the_nonce_goes_on_only_when_asked();
	return 0;
}
