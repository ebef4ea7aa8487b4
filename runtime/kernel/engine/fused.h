/*
 * Operations that do what two of wasm3's do one after the other, in less code (build/wasm3-fuse.ts). Those that occur most in
 * our modules, two bytes or four each time. Part of m3_exec.h; what a slot, an immediate and a register is stands there.
 */
#ifndef MOTE_FUSED_H
#define MOTE_FUSED_H

/* The result goes to the register as before, and to a slot as well. */
#define MOTE_BINARY_TO_SLOT(TYPE, NAME, OPERATION)                                                                          \
	d_m3Op(TYPE##_##NAME##_rs_to)                                                                                         \
	{                                                                                                                     \
		TYPE operand = first_slot(TYPE);                                                                              \
		OPERATION(_r0, operand, (TYPE)_r0);                                                                           \
		second_slot(TYPE) = (TYPE)_r0;                                                                                \
		nextOp();                                                                                                     \
	}                                                                                                                     \
	d_m3Op(TYPE##_##NAME##_ss_to)                                                                                         \
	{                                                                                                                     \
		TYPE operand2 = first_slot(TYPE);                                                                             \
		TYPE operand1 = second_slot(TYPE);                                                                            \
		OPERATION(_r0, operand1, operand2);                                                                           \
		slot(TYPE) = (TYPE)_r0;                                                                                       \
		nextOp();                                                                                                     \
	}
#define MOTE_ADD(RESULT, A, B) RESULT = (A) + (B)
#define MOTE_SUBTRACT(RESULT, A, B) RESULT = (A) - (B)
#define MOTE_AND(RESULT, A, B) RESULT = (A) & (B)
#define MOTE_OR(RESULT, A, B) RESULT = (A) | (B)
#define MOTE_XOR(RESULT, A, B) RESULT = (A) ^ (B)
#define MOTE_EQUAL(RESULT, A, B) RESULT = (A) == (B)

MOTE_BINARY_TO_SLOT(u32, Add, MOTE_ADD)
MOTE_BINARY_TO_SLOT(u32, Subtract, MOTE_SUBTRACT)
MOTE_BINARY_TO_SLOT(u32, And, MOTE_AND)
MOTE_BINARY_TO_SLOT(u32, Or, MOTE_OR)
MOTE_BINARY_TO_SLOT(u32, Xor, MOTE_XOR)
MOTE_BINARY_TO_SLOT(u32, Equal, MOTE_EQUAL)

d_m3Op(Select_i32_rss_to)
{
	i32 condition = (i32)_r0;
	i32 operand2 = first_slot(i32);
	i32 operand1 = second_slot(i32);

	_r0 = condition ? operand1 : operand2;
	slot(i32) = (i32)_r0;
	nextOp();
}

#define MOTE_LOAD_TO_SLOT(TYPE, FORM, ADDRESS)                                                                              \
	d_m3Op(i32_Load_##TYPE##_##FORM##_to)                                                                                 \
	{                                                                                                                     \
		u32 operand = ADDRESS;                                                                                        \
		u32 offset = immediate(u32);                                                                                  \
                                                                                                                              \
		if (M3_LIKELY(operand < _mem->length and(operand += offset) + sizeof(TYPE) <= _mem->length)) {                  \
			TYPE value;                                                                                           \
			MOTE_COPY(&value, m3MemData(_mem) + operand, sizeof value);                                           \
			_r0 = (i32)value;                                                                                     \
			slot(i32) = (i32)_r0;                                                                                 \
			nextOp();                                                                                             \
		}                                                                                                             \
		d_outOfBounds;                                                                                                \
	}

MOTE_LOAD_TO_SLOT(i32, r, (u32)_r0)
MOTE_LOAD_TO_SLOT(i32, s, slot(u32))
MOTE_LOAD_TO_SLOT(u8, r, (u32)_r0)
MOTE_LOAD_TO_SLOT(u8, s, slot(u32))

/* Two slots, the second after the first: it may copy what that one has written. */
d_m3Op(CopySlots_32)
{
	u32 *to = first_slot_ptr(u32);

	*to = second_slot(u32);
	to = first_slot_ptr(u32);
	*to = second_slot(u32);
	nextOp();
}

/* An if: what follows runs when the condition holds, else it is branched over. */
#define MOTE_IF(NAME, OPERANDS, CONDITION)                                                                                  \
	d_m3Op(If_##NAME)                                                                                                     \
	{                                                                                                                     \
		OPERANDS;                                                                                                     \
		pc_t otherwise = immediate(pc_t);                                                                             \
                                                                                                                              \
		if (CONDITION)                                                                                                \
			nextOp();                                                                                             \
		else                                                                                                          \
			jumpOp(otherwise);                                                                                    \
	}
#define MOTE_TWO_SLOTS                                                                                                      \
	u32 operand2 = first_slot(u32);                                                                                       \
	u32 operand1 = second_slot(u32)

MOTE_IF(zero_r, , (u32)_r0 == 0)
MOTE_IF(zero_s, u32 operand = slot(u32), operand == 0)
MOTE_IF(equal_rs, u32 operand = slot(u32), operand == (u32)_r0)
MOTE_IF(equal_ss, MOTE_TWO_SLOTS, operand1 == operand2)
MOTE_IF(unequal_rs, u32 operand = slot(u32), operand != (u32)_r0)
MOTE_IF(unequal_ss, MOTE_TWO_SLOTS, operand1 != operand2)
MOTE_IF(below_ss, MOTE_TWO_SLOTS, operand1 < operand2)

static const struct mote_fused {
	IM3Operation first, second, both;
} mote_fused[] = {
	{ op_i32_Add_rs, op_SetSlot_i32, op_u32_Add_rs_to },
	{ op_i32_Add_ss, op_SetSlot_i32, op_u32_Add_ss_to },
	{ op_i32_Subtract_rs, op_SetSlot_i32, op_u32_Subtract_rs_to },
	{ op_i32_Subtract_ss, op_SetSlot_i32, op_u32_Subtract_ss_to },
	{ op_u32_And_rs, op_SetSlot_i32, op_u32_And_rs_to },
	{ op_u32_And_ss, op_SetSlot_i32, op_u32_And_ss_to },
	{ op_u32_Or_rs, op_SetSlot_i32, op_u32_Or_rs_to },
	{ op_u32_Or_ss, op_SetSlot_i32, op_u32_Or_ss_to },
	{ op_u32_Xor_rs, op_SetSlot_i32, op_u32_Xor_rs_to },
	{ op_u32_Xor_ss, op_SetSlot_i32, op_u32_Xor_ss_to },
	{ op_i32_Equal_rs, op_SetSlot_i32, op_u32_Equal_rs_to },
	{ op_i32_Equal_ss, op_SetSlot_i32, op_u32_Equal_ss_to },
	{ op_Select_i32_rss, op_SetSlot_i32, op_Select_i32_rss_to },
	{ op_i32_Load_i32_r, op_SetSlot_i32, op_i32_Load_i32_r_to },
	{ op_i32_Load_i32_s, op_SetSlot_i32, op_i32_Load_i32_s_to },
	{ op_i32_Load_u8_r, op_SetSlot_i32, op_i32_Load_u8_r_to },
	{ op_i32_Load_u8_s, op_SetSlot_i32, op_i32_Load_u8_s_to },
	{ op_CopySlot_32, op_CopySlot_32, op_CopySlots_32 },
	{ op_i32_EqualToZero_r, op_If_r, op_If_zero_r },
	{ op_i32_EqualToZero_s, op_If_r, op_If_zero_s },
	{ op_i32_Equal_rs, op_If_r, op_If_equal_rs },
	{ op_i32_Equal_ss, op_If_r, op_If_equal_ss },
	{ op_i32_NotEqual_rs, op_If_r, op_If_unequal_rs },
	{ op_i32_NotEqual_ss, op_If_r, op_If_unequal_ss },
	{ op_u32_LessThan_ss, op_If_r, op_If_below_ss },
};

/* The operation for two that follow each other, or NULL. */
static inline IM3Operation mote_fuse(IM3Operation first, IM3Operation second)
{
	if (second != op_SetSlot_i32 && second != op_CopySlot_32 && second != op_If_r)
		return NULL;
	for (u32 i = 0; i < sizeof mote_fused / sizeof mote_fused[0]; i++)
		if (mote_fused[i].first == first && mote_fused[i].second == second)
			return mote_fused[i].both;
	return NULL;
}

#endif
