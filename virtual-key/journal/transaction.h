#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/base/bytes.h"
#include "virtual-key/journal/entry.h"

namespace keyrig::journal {

/// What a client asked for and what became of it, as both were on the wire.
struct Transaction {
  enum class Protocol {
    kCtap2,  // [command | CBOR], answered by [status | CBOR]
    kU2f,    // a raw message, answered by [data | status word]
    kLine,   // the wire's own: a message of CTAPHID, an APDU of another kind
  };
  Protocol protocol = Protocol::kLine;
  Instant begin{};  // of its first packet
  Instant end{};    // of its last one

  std::optional<std::uint32_t> channel;  // of CTAPHID
  std::uint8_t hid_command = 0;          // likewise, without the init bit
  Bytes request;
  std::optional<Bytes> answer;            // nothing: none came, or not whole
  std::optional<std::uint8_t> hid_error;  // of CTAPHID_ERROR, instead of an answer
  /// Of an APDU. A CTAP2 request that ends with another than 9000 has no answer.
  std::optional<std::uint16_t> status_word;

  std::uint64_t keepalives = 0;
  Duration awaited_touch{0};  // as its keepalives said
  bool was_cancelled = false;
  std::vector<Entry> packets;
};

}  // namespace keyrig::journal
