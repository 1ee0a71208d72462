#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "virtual-key/journal/entry.h"
#include "virtual-key/journal/format.h"

namespace keyrig::journal {

/// Turns what happens on a wire into a file, piece by piece.
class Writer {
 public:
  virtual ~Writer() = default;
  /// What the file begins with.
  virtual std::string Begin() = 0;
  virtual std::string Write(const Entry& entry) = 0;
  /// So many entries are missing before the next one.
  virtual std::string Lose(std::uint64_t entries) = 0;
  /// What the file ends with: the transactions that are still under way.
  virtual std::string End() = 0;
};

std::unique_ptr<Writer> MakeWriter(Format format, Wire wire, const std::string& transport);

// One of each format.
std::unique_ptr<Writer> MakeTextWriter(Wire wire, const std::string& transport);
std::unique_ptr<Writer> MakeJsonWriter(Wire wire, const std::string& transport);
std::unique_ptr<Writer> MakePcapngWriter(Wire wire, const std::string& transport);

}  // namespace keyrig::journal
