#pragma once

#include <optional>
#include <string_view>

namespace keyrig::journal {

/// How a journal is written.
enum class Format {
  kText,       // to watch: transactions, member by member, long byte strings cut short
  kJsonLines,  // to keep: one transaction a line, as schema/journal.schema.json has it
  kPcapng,     // packets, for Wireshark
};

/// "text", "jsonl" and "pcapng".
std::optional<Format> FormatOf(std::string_view name);
/// Of a file named so: .txt, .log, .jsonl, .pcapng.
std::optional<Format> FormatByEnding(std::string_view file);

}  // namespace keyrig::journal
