#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <thread>

#include "harness/base/file_descriptor.h"
#include "harness/base/result.h"
#include "virtual-key/journal/journal.h"

namespace keyrig::app {

/// Writes a key's journal to a file as it grows, and at the end what is still unwritten. If that
/// cannot be done any more it says so on stderr, and the key goes on.
class JournalFile {
 public:
  /// Adds to the file, or makes it with mode 0600.
  static Result<std::unique_ptr<JournalFile>, Error> Start(
      const std::filesystem::path& path, journal::Format format,
      std::shared_ptr<const journal::Journal> journal);

 private:
  JournalFile(FileDescriptor file, std::filesystem::path path, journal::Format format,
              std::shared_ptr<const journal::Journal> journal);
  bool Write(std::string_view piece) const;

  const FileDescriptor file_;
  const std::filesystem::path path_;
  const std::shared_ptr<const journal::Journal> journal_;
  std::jthread writer_;
};

}  // namespace keyrig::app
