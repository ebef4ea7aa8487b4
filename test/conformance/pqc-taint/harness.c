/*
 * Runs ML-KEM or ML-DSA, translated by wasm2c, with its secrets marked undefined for Valgrind's memcheck: a branch or an
 * address that depends on one is reported as a use of an uninitialised value (the method of ctgrind).
 */
#include <stdio.h>
#include <string.h>
#include <valgrind/memcheck.h>

#ifdef KEM
#include "kem.h"
typedef Z_kem_instance_t instance_t;
#define CALL(name, ...) Z_kemZ_##name(&instance, ##__VA_ARGS__)
#else
#include "dsa.h"
typedef Z_dsa_instance_t instance_t;
#define CALL(name, ...) Z_dsaZ_##name(&instance, ##__VA_ARGS__)
#endif

struct Z_taint_instance_t { int unused; };
static instance_t instance;
static struct Z_taint_instance_t taint;

static void *at(u32 address) { return instance.w2c_memory.data + address; }
static void secret(u32 address, u32 length) { (void)VALGRIND_MAKE_MEM_UNDEFINED(at(address), length); }
static void public(u32 address, u32 length) { (void)VALGRIND_MAKE_MEM_DEFINED(at(address), length); }

void Z_taintZ_bytes(struct Z_taint_instance_t *t, u32 address, u32 length) { (void)t; public(address, length); }
u32 Z_taintZ_value(struct Z_taint_instance_t *t, u32 value) {
	(void)t;
	(void)VALGRIND_MAKE_MEM_DEFINED(&value, sizeof value);
	return value;
}

static void all_public(void) { public(0, (u32)instance.w2c_memory.size); }

#ifdef KEM
static int run(u32 set) {
	u32 vector = 384 * (set / 256);
	CALL(select, set);
	memset(at(CALL(seed)), 7, 64);
	secret(CALL(seed), 64); /* d, z */
	CALL(keygen);
	all_public();

	secret(CALL(seed), 32); /* m */
	CALL(encapsulate);
	all_public();

	/* s-hat and z; ek and H(ek) are public. Once with the ciphertext as it is, once damaged. */
	for (int damaged = 0; damaged < 2; damaged++) {
		secret(CALL(decapsulationKey), vector);
		secret(CALL(decapsulationKey) + 2 * vector + 64, 32);
		*(u8 *)at(CALL(ciphertext)) ^= (u8)damaged;
		CALL(decapsulate);
		if (!CALL(decapsulationKeyIsValid)) return 1;
		all_public();
	}
	return !CALL(encapsulationKeyIsValid);
}
static const u32 sets[] = {512, 768, 1024};
#else
static int run(u32 set) {
	CALL(select, set);
	memset(at(CALL(seed)), (int)set, 32);
	secret(CALL(seed), 32); /* xi */
	CALL(keygen);
	all_public();

	for (int i = 0; i < 2; i++) {
		u32 sk = CALL(secretKey);
		secret(sk + 32, 32); /* K; rho before and tr behind it are public */
		secret(sk + 128, CALL(secretKeyBytes) - 128); /* s1, s2, t0 */
		if (!CALL(secretKeyIsValid)) return 1;
		*(u8 *)at(CALL(chunk)) = (u8)i;
		CALL(signBegin);
		CALL(signUpdate, 1);
		memset(at(CALL(seed)), i, 32);
		secret(CALL(seed), 32); /* rnd */
		CALL(signFinish);
		CALL(publicKeyOfSecretKey);
		public(CALL(signature), CALL(signatureBytes));
		*(u8 *)at(CALL(chunk)) = (u8)i;
		CALL(verifyBegin);
		CALL(verifyUpdate, 1);
		if (!CALL(verifyFinish)) return 1;
		all_public();
	}
	return 0;
}
static const u32 sets[] = {44, 65, 87};
#endif

int main(void) {
	wasm_rt_init();
#ifdef KEM
	Z_kem_init_module();
	Z_kem_instantiate(&instance, &taint);
#else
	Z_dsa_init_module();
	Z_dsa_instantiate(&instance, &taint);
#endif
	for (int i = 0; i < 3; i++) {
		if (run(sets[i])) {
			printf("set %u: wrong result\n", (unsigned)sets[i]);
			return 3;
		}
	}
	puts("done");
	return 0;
}
