// Every scenario over a HID device of the kernel, as a user would run them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "harness/app/keyrig_program.h"
#include "harness/app/temporary_folder.h"

namespace keyrig::app {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(UhidRunTest, EveryScenarioPasses) {
  if (access("/dev/uhid", R_OK | W_OK) != 0) GTEST_SKIP() << "no /dev/uhid that may be opened";
  const TemporaryFolder folder = TemporaryFolder::Make().value();
  const ProgramResult run =
      RunKeyrig("run --key uhid: --no-skips --seed 3 --report " + folder.Path().string());
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr(" uhid)   seed 3\n"));
  EXPECT_THAT(run.output, HasSubstr(" passed, 0 failed in "));
  EXPECT_THAT(run.output, Not(HasSubstr("not applicable")));
}

}  // namespace
}  // namespace keyrig::app
