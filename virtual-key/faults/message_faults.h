#pragma once

#include "harness/base/bytes.h"
#include "virtual-key/faults/fault_board.h"

namespace keyrig::faults {

/// The answer that a key gives in place of running the command, where a fault says so:
/// [status], or empty where the command is to be run. `command` is [command | CBOR].
Bytes AnswerInstead(FaultBoard& board, ByteView command);

/// What becomes of an answer, [status | CBOR], on its way out. Answers without CBOR stay as they
/// are and use up no fault.
Bytes Tamper(FaultBoard& board, Bytes answer);

}  // namespace keyrig::faults
