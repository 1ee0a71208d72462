#pragma once

#include <filesystem>

#include "harness/base/result.h"

namespace keyrig::app {

/// A folder of this run's own (0700) that is gone with the object.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder, Error> Make();
  TemporaryFolder(TemporaryFolder&& other) noexcept;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();
  const std::filesystem::path& Path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace keyrig::app
