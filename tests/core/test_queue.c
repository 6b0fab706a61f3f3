/* SPDX-License-Identifier: MIT
 * queue: against a flat list that looks everything up the slow way. */
#include "queue.h"

#include <math.h>

#include "check.h"
#include "heap.h"

#define NAMES 12
#define MOST 4096

struct item {
	uint8_t source, dest;
	size_t len;
	uint32_t number;
};

static struct item model[MOST]; /* oldest first */
static size_t nmodel, model_bytes;

static void name(uint8_t key[static KEY_BYTES], uint8_t n)
{
	memset(key, n, KEY_BYTES);
}

static void put(struct queue *q, double now, struct item i)
{
	uint8_t source[KEY_BYTES], dest[KEY_BYTES];
	struct packet *p = packet_new(8, i.len);

	CHECK(p && p->data == p->bytes + 8 && p->room == i.len + 8);
	name(source, i.source);
	name(dest, i.dest);
	p->len = i.len;
	memcpy(p->data, &i.number, sizeof i.number);
	queue_put(q, now, p, source, dest);
}

static uint32_t take(struct queue *q)
{
	struct packet *p = queue_take(q);
	uint32_t number;

	CHECK(p);
	memcpy(&number, p->data, sizeof number);
	packet_free(p);
	return number;
}

static size_t weight(uint8_t dest, int source)
{
	size_t bytes = 0;

	for (size_t i = 0; i < nmodel; i++)
		if (model[i].dest == dest && (source < 0 || model[i].source == source))
			bytes += model[i].len;
	return bytes;
}

static void model_remove(size_t at)
{
	model_bytes -= model[at].len;
	memmove(&model[at], &model[at + 1], (--nmodel - at) * sizeof model[0]);
}

/* Of the heaviest destination, the heaviest source, its oldest. False on a tie, which may go either way. */
static bool model_drop(void)
{
	uint8_t dest = 0, source = 0;
	bool tied = false;
	size_t at = 0;

	for (uint8_t d = 1; d < NAMES; d++) {
		if (weight(d, -1) >= weight(dest, -1)) {
			tied = weight(d, -1) == weight(dest, -1);
			dest = d;
		}
	}
	for (uint8_t s = 1; s < NAMES; s++) {
		if (weight(dest, s) >= weight(dest, source)) {
			tied |= weight(dest, s) == weight(dest, source) && weight(dest, s) > 0;
			source = s;
		}
	}
	while (model[at].dest != dest || model[at].source != source)
		at++;
	model_remove(at);
	return !tied;
}

static void start_over(struct queue *q)
{
	for (struct packet *p; (p = queue_take(q)); packet_free(p))
		;
	nmodel = model_bytes = 0;
}

static void test_twin(void)
{
	struct queue_limits limits = {.bytes = 400000, .age = INFINITY};
	uint64_t dropped = 0, started_over = 0;
	struct queue *q;

	CHECK(queue_new(&q, &limits) == 0);
	for (uint32_t n = 0; n < 20000; n++) {
		bool sure = true;

		if (check_below(100) < 40 && nmodel) {
			CHECK(take(q) == model[0].number);
			model_remove(0);
		} else {
			struct item i = {(uint8_t)check_below(NAMES), (uint8_t)check_below(NAMES),
					 (size_t)(4 + check_below(65000)), n};

			put(q, 0, i);
			model[nmodel++] = i;
			for (model_bytes += i.len; model_bytes > limits.bytes; dropped++)
				sure = model_drop() && sure;
			if (!sure) {
				start_over(q);
				dropped = queue_dropped(q);
				started_over++;
			}
		}
		CHECK(queue_bytes(q) == model_bytes && queue_dropped(q) == dropped);
	}
	CHECK(dropped > 1000 && started_over < 20);
	for (size_t i = 0; i < nmodel; i++)
		CHECK(take(q) == model[i].number);
	CHECK(!queue_take(q) && queue_bytes(q) == 0);
	queue_free(q);
}

static void test_a_packet_above_the_limit_is_dropped(void)
{
	struct queue *q;

	CHECK(queue_new(&q, &(struct queue_limits){.bytes = 100, .age = INFINITY}) == 0);
	put(q, 0, (struct item){1, 1, 101, 1});
	CHECK(!queue_take(q) && queue_dropped(q) == 1);
	put(q, 0, (struct item){1, 1, 100, 2});
	CHECK(take(q) == 2);
	queue_free(q);
}

static void test_a_flood_hits_its_own_flow(void)
{
	struct queue *q;

	CHECK(queue_new(&q, &(struct queue_limits){.bytes = 10000, .age = INFINITY}) == 0);
	put(q, 0, (struct item){1, 1, 100, 77});
	for (uint32_t n = 1000; n < 1500; n++)
		put(q, 0, (struct item){2, 2, 1000, n});
	CHECK(take(q) == 77);
	CHECK(take(q) == 1500 - 9); /* the newest nine of the flood */
	queue_free(q);
}

static void test_age_drops_one_per_arrival(void)
{
	struct queue *q;

	CHECK(queue_new(&q, &(struct queue_limits){.bytes = SIZE_MAX, .age = 0.025}) == 0);
	for (uint32_t n = 0; n < 3; n++)
		put(q, 10, (struct item){1, 1, 50, n});
	put(q, 10.02, (struct item){1, 1, 50, 3});
	CHECK(queue_dropped(q) == 0);
	put(q, 10.03, (struct item){1, 1, 50, 4});
	CHECK(queue_dropped(q) == 1 && take(q) == 1);
	queue_free(q);
}

static void test_many_flows_come_and_go(void)
{
	struct queue *q;

	CHECK(queue_new(&q, &(struct queue_limits){.bytes = 1 << 20, .age = INFINITY}) == 0);
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t n = 0; n < 250; n++)
			put(q, 0, (struct item){(uint8_t)n, (uint8_t)(n / 3), 100, n});
		for (uint32_t n = 0; n < 250; n++)
			CHECK(take(q) == n);
	}
	put(q, 0, (struct item){1, 1, 100, 1});
	queue_free(q); /* not empty */
}

static void test_heap_orders_and_forgets(void)
{
	struct heap_node nodes[200];
	struct heap h = {0};
	size_t last = SIZE_MAX;

	for (size_t i = 0; i < ARRAY_LEN(nodes); i++) {
		nodes[i].weight = (size_t)check_below(1000);
		CHECK(heap_add(&h, &nodes[i]) == 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(nodes); i += 3)
		heap_remove(&h, &nodes[i]);
	for (size_t i = 1; i < ARRAY_LEN(nodes); i += 3) {
		nodes[i].weight = (size_t)check_below(1000);
		heap_changed(&h, &nodes[i]);
	}
	for (struct heap_node *top; (top = heap_top(&h)); heap_remove(&h, top)) {
		CHECK(top->weight <= last && (top - nodes) % 3 != 0);
		last = top->weight;
	}
	heap_clear(&h);
}

int main(void)
{
	CHECK(crypto_start() == 0);
	CHECK(!packet_new(SIZE_MAX, 1) && !packet_new(1, SIZE_MAX));
	packet_free(NULL);
	queue_free(NULL);
	test_heap_orders_and_forgets();
	test_twin();
	test_a_packet_above_the_limit_is_dropped();
	test_a_flood_hits_its_own_flow();
	test_age_drops_one_per_arrival();
	test_many_flows_come_and_go();
	return 0;
}
