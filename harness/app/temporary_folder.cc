#include "harness/app/temporary_folder.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace keyrig::app {

Result<TemporaryFolder, Error> TemporaryFolder::Make() {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(error);
  if (error) return Fail("There is no folder for temporary files; set TMPDIR.");
  std::string path = (parent / "keyrig-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) {
    return Fail(fmt::format("No temporary folder can be made in {}: {}", parent.string(),
                            std::strerror(errno)));
  }
  return TemporaryFolder(std::move(path));
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace keyrig::app
