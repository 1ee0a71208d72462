// What `cmake --install` gives to somebody else's test suite.
#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "virtual-key/app/key_program.h"

namespace keyrig::app {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

std::string ContentOf(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A prefix that keyrig is installed to, once for all tests, and a folder for projects beside it.
class PackageTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string name = testing::TempDir() + "/package_test.XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    const CommandResult installed =
        Shell("cmake --install " KEYRIG_BUILD_DIR " --prefix " + Prefix().string());
    ASSERT_EQ(installed.status, 0) << installed.output;
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static fs::path Prefix() { return folder_ / "prefix"; }

  /// Configures a project against the prefix, with the compiler and sanitizers of keyrig's own.
  static CommandResult Configure(const fs::path& source) {
    return Shell("cmake -G Ninja -S " + source.string() + " -B " + source.string() +
                 "-build -DCMAKE_PREFIX_PATH=" + Prefix().string() +
                 " -DCMAKE_BUILD_TYPE=Debug -DCMAKE_UNITY_BUILD=ON"
                 " -DCMAKE_CXX_COMPILER=" KEYRIG_CXX " -DCMAKE_CXX_FLAGS='" KEYRIG_CXX_FLAGS "'");
  }

  static inline fs::path folder_;
};

TEST_F(PackageTest, TheExamplesBuildAndPassAgainstThePrefixAlone) {
  const fs::path examples = folder_ / "examples";
  fs::copy(KEYRIG_SOURCE_DIR "/virtual-key/examples", examples, fs::copy_options::recursive);
  const CommandResult configured = Configure(examples);
  ASSERT_EQ(configured.status, 0) << configured.output;
  const std::string build = examples.string() + "-build";
  const CommandResult built = Shell("cmake --build " + build);
  ASSERT_EQ(built.status, 0) << built.output;
  const CommandResult run = Shell("ctest --output-on-failure --no-tests=error --test-dir " + build);
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("HoldAKey.AClientSeesAFido2KeyWithAPin"));
}

TEST_F(PackageTest, NothingInstalledKnowsTheCheckout) {
  int looked_at = 0;
  for (const auto& entry : fs::recursive_directory_iterator(Prefix())) {
    // An archive names its sources to debuggers.
    if (!entry.is_regular_file() || entry.path().extension() == ".a") continue;
    EXPECT_EQ(ContentOf(entry.path()).find(KEYRIG_SOURCE_DIR), std::string::npos) << entry.path();
    ++looked_at;
  }
  EXPECT_GT(looked_at, 20);
}

TEST_F(PackageTest, OnlyHeadersThatAreNeededAreInstalled) {
  const fs::path include = Prefix() / "include/keyrig";
  std::set<std::string> headers;
  std::string texts;
  for (const auto& entry : fs::recursive_directory_iterator(include)) {
    if (!entry.is_regular_file()) continue;
    headers.insert(fs::relative(entry.path(), include).string());
    texts += ContentOf(entry.path());
  }
  EXPECT_THAT(headers, testing::Contains("virtual-key/virtual_key.h"));
  EXPECT_THAT(headers, testing::Contains("harness/base/result.h"));
  const std::set<std::string> asked{KEYRIG_PACKAGE_HEADERS};
  for (const std::string& header : headers) {
    EXPECT_TRUE(asked.contains(header) ||
                texts.find("#include \"" + header + "\"") != std::string::npos)
        << header << " is nobody's";
  }
}

TEST_F(PackageTest, AnotherMinorVersionIsRefused) {
  const fs::path project = folder_ / "later";
  fs::create_directory(project);
  std::ofstream(project / "CMakeLists.txt")
      << "cmake_minimum_required(VERSION 3.25)\nproject(later LANGUAGES NONE)\n"
         "find_package(keyrig 0.99 REQUIRED)\n";
  const CommandResult configured = Configure(project);
  EXPECT_NE(configured.status, 0);
  EXPECT_THAT(configured.output, HasSubstr("compatible"));
  EXPECT_THAT(configured.output, HasSubstr("0.99"));
}

TEST_F(PackageTest, WhatReadmeShowsIsOneOfTheExamples) {
  std::string examples;
  for (const auto& entry : fs::directory_iterator(KEYRIG_SOURCE_DIR "/virtual-key/examples")) {
    examples += ContentOf(entry.path());
  }
  const std::string readme = ContentOf(KEYRIG_SOURCE_DIR "/virtual-key/README.md");
  int shown = 0;
  for (const std::string opening : {"```cpp\n", "```cmake\n"}) {
    for (std::size_t at = readme.find(opening); at != std::string::npos;
         at = readme.find(opening, at + 1)) {
      const std::size_t begin = at + opening.size();
      const std::string code = readme.substr(begin, readme.find("```", begin) - begin);
      EXPECT_NE(examples.find(code), std::string::npos) << code;
      ++shown;
    }
  }
  EXPECT_GE(shown, 2);
}

}  // namespace
}  // namespace keyrig::app
