/* SPDX-License-Identifier: MIT
 * The two timers of a link. Pure and unlocked. */
#include "live.h"

#include <math.h>

#include "frame.h"

/* Dummies and keepalives neither ask for an answer nor count as one that was asked for. */
static bool wants_answer(uint8_t type)
{
	return type != FRAME_DUMMY && type != FRAME_KEEPALIVE;
}

void live_start(struct live *l)
{
	*l = (struct live){.owe_at = INFINITY, .dead_at = INFINITY};
}

void live_sent(struct live *l, uint8_t type, double now)
{
	l->owe_at = INFINITY;
	if (wants_answer(type) && l->dead_at == INFINITY) /* counts from the first unanswered frame */
		l->dead_at = now + LIVE_DEAD_AFTER;
}

void live_heard(struct live *l)
{
	l->dead_at = INFINITY;
}

void live_received(struct live *l, uint8_t type, double now)
{
	live_heard(l);
	if (wants_answer(type) && l->owe_at == INFINITY)
		l->owe_at = now + LIVE_OWE_AFTER;
}

enum live_due live_due(struct live *l, double now)
{
	if (now >= l->dead_at)
		return LIVE_DEAD;
	if (now < l->owe_at)
		return LIVE_NOTHING;
	l->owe_at = INFINITY;
	return LIVE_SEND_KEEPALIVE;
}

double live_next(const struct live *l)
{
	return l->owe_at < l->dead_at ? l->owe_at : l->dead_at;
}
