#include "harness/base/kept_log.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace keyrig {
namespace {

TEST(KeptLogTest, GivesEachEntryToEveryReader) {
  KeptLog<std::string> log(10);
  log.Add("a");
  log.Add("b");
  EXPECT_EQ(log.Count(), 2U);
  EXPECT_EQ(log.Wait(0, {}), "a");
  EXPECT_EQ(log.Wait(0, {}), "a");
  EXPECT_EQ(log.Wait(1, {}), "b");
}

TEST(KeptLogTest, ForgetsTheOldestOnceTheyWeighTooMuch) {
  KeptLog<std::string> log(10);
  log.Add("a", 6);
  log.Add("b", 3);
  EXPECT_EQ(log.First(), 0U);
  log.Add("c", 2);
  EXPECT_EQ(log.First(), 1U);
  EXPECT_EQ(log.Wait(0, {}), std::nullopt);
  log.Add("d", 50);
  EXPECT_EQ(log.First(), 3U);
  EXPECT_EQ(log.Wait(3, {}), "d") << "the last one is kept, whatever it weighs";
}

TEST(KeptLogTest, AReaderWaitsForWhatIsToComeUnlessItIsStopped) {
  KeptLog<std::string> log(10);
  const std::jthread writer([&] { log.Add("a"); });
  EXPECT_EQ(log.Wait(0, {}), "a");
  std::stop_source stop;
  const std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_EQ(log.Wait(1, stop.get_token()), std::nullopt);
  EXPECT_EQ(log.Wait(0, stop.get_token()), "a") << "what is there is given all the same";
}

}  // namespace
}  // namespace keyrig
