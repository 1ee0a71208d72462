#pragma once

#include <cstdint>
#include <string>

#include "harness/base/cbor.h"

/// What CTAP calls its numbers, for texts that people read.
namespace keyrig::ctap {

/// The name of a CTAP status byte without its CTAP1_ERR_ or CTAP2_ERR_ prefix (CTAP 2.1 §8.2);
/// "OK" for 0, "0x4f" for one that has no name.
std::string StatusName(std::uint8_t status);

/// The name of a CTAPHID error code (CTAP 2.1 §11.2.9.1.6): "ERR_CHANNEL_BUSY".
std::string HidErrorName(std::uint8_t code);

/// The name of a CTAPHID command without its init bit (CTAP 2.1 §11.2.9): "CTAPHID_INIT".
std::string HidCommandName(std::uint8_t command);

/// The name of a command (CTAP 2.1 §6), with its subcommand where it has one:
/// "authenticatorClientPIN setPIN".
std::string CommandName(std::uint8_t command, const cbor::Value& parameters);

}  // namespace keyrig::ctap
