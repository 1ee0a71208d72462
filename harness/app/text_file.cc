#include "harness/app/text_file.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace keyrig::app {

Result<std::string, Error> ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file && !file.eof()) return Fail(fmt::format("{} cannot be read", path.string()));
  return text;
}

}  // namespace keyrig::app
