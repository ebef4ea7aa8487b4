#include "script.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "contract.h"
#include "kernel.h"
#include "mock_ports.h"

const struct child plain = { "child", "probe", 8192, 2048, 200000, 4096, "" };

uint32_t data(struct script *script, const void *bytes, uint32_t len)
{
	uint32_t at = script->data_len;

	CHECK(at + len <= sizeof script->data);
	memcpy(script->data + at, bytes, len);
	script->data_len += len;
	return 0xeeee0000u + at;
}

uint32_t text(struct script *script, const char *words)
{
	return data(script, words, (uint32_t)strlen(words));
}

static void put_word(uint8_t *to, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(word >> 8 * i);
}

void op(struct script *script, uint32_t opcode, uint32_t count, ...)
{
	va_list arguments;
	uint8_t *to = script->code + script->code_len;

	CHECK(script->code_len + 2 + 4 * count <= sizeof script->code);
	to[0] = (uint8_t)opcode;
	to[1] = (uint8_t)count;
	va_start(arguments, count);
	for (uint32_t i = 0; i < count; i++)
		put_word(to + 2 + 4 * i, va_arg(arguments, uint32_t));
	va_end(arguments);
	script->code_len += 2 + 4 * count;
}

uint32_t payload(const struct script *script, uint8_t out[4096])
{
	out[0] = (uint8_t)script->data_len;
	out[1] = (uint8_t)(script->data_len >> 8);
	memcpy(out + 2, script->data, script->data_len);
	memcpy(out + 2 + script->data_len, script->code, script->code_len);
	return 2 + script->data_len + script->code_len;
}

void run(void)
{
	for (uint32_t i = 0; mote_step(); i++)
		CHECK(i < 100000);
}

void tell(uint32_t actor, const struct script *script)
{
	uint8_t bytes[4096];
	uint32_t len = payload(script, bytes);

	CHECK(mote_on_mqtt(actor, "t", 1, bytes, len) == 0);
	run();
}

void boot(const char *modules)
{
	static const struct mote_budget budget = { 16384, 4096, 2000000, 8192 };

	mote_shutdown();
	mock_reset(modules);
	CHECK(mote_boot("probe", 5, &budget) == 1);
	run();
	CHECK(mock_find(0, "probe: s") == 0);
	mock.line_count = 0;
}

static const char *const capabilities[] = MOTE_CAP_NAMES;

/* "name:scope" words into the contract's list<grant>; the addresses of scopes are the script's. */
static uint32_t put_grants(struct script *script, const char *words, uint32_t *count)
{
	uint8_t records[40 * MOTE_ACTORS_GRANT_SIZE] = { 0 };

	*count = 0;
	while (*words) {
		size_t len = strcspn(words, " "), name = strcspn(words, ": ");
		const char *scope = name < len ? words + name + 1 : "";
		uint32_t scope_len = name < len ? (uint32_t)(len - name - 1) : 0;
		uint8_t *record = records + *count * MOTE_ACTORS_GRANT_SIZE;
		uint32_t capability = 0;

		while (strlen(capabilities[capability]) != name || memcmp(capabilities[capability], words, name) != 0)
			CHECK(++capability < MOTE_CAP_COUNT);
		record[MOTE_ACTORS_GRANT_AT_CAPABILITY] = (uint8_t)capability;
		put_word(record + MOTE_ACTORS_GRANT_AT_SCOPE, data(script, scope, scope_len));
		put_word(record + MOTE_ACTORS_GRANT_AT_SCOPE + 4, scope_len);
		++*count;
		words += len + (words[len] == ' ');
	}
	while ((script->data_len + 2) % 4) /* the payload itself stands at a multiple of 8 */
		data(script, "", 1);
	return data(script, records, *count * MOTE_ACTORS_GRANT_SIZE);
}

uint32_t spawn_by(uint32_t actor, const struct child *child)
{
	struct script script = { 0 };
	uint32_t count, grants = put_grants(&script, child->grants, &count);
	uint32_t name = text(&script, child->name), module = text(&script, child->module);
	uint32_t from = mock.line_count;
	unsigned id, ok;

	op(&script, ACTORS_SPAWN, 13, name, (uint32_t)strlen(child->name), MOTE_ACTORS_SOURCE_BUILTIN, module,
	   (uint32_t)strlen(child->module), 0u, child->memory, child->stack, child->fuel, child->mailbox, grants, count, RET);
	tell(actor, &script);
	for (; from < mock.line_count; from++) {
		const char *line = strstr(mock.lines[from], ": r ");

		if (line && sscanf(line, ": r %2xeeeeee%2x", &ok, &id) == 2)
			return ok == 0 ? id : 0;
	}
	return 0;
}

uint32_t spawn(const char *module, const char *grants)
{
	struct child child = plain;

	child.module = module;
	child.grants = grants;
	return spawn_by(1, &child);
}

void clear(void)
{
	mock.line_count = 0;
}

const char *last_result(void)
{
	for (uint32_t i = mock.line_count; i-- > 0;) {
		const char *line = strstr(mock.lines[i], ": r ");

		if (line)
			return line + 4;
	}
	return "";
}

bool result_is(const char *hex)
{
	return strncmp(last_result(), hex, strlen(hex)) == 0;
}
