#include "harness/base/event.h"

#include <gtest/gtest.h>

namespace keyrig {
namespace {

Event From(std::string source, std::string kind) {
  Event event;
  event.source = std::move(source);
  event.kind = std::move(kind);
  return event;
}

TEST(EventStreamTest, StartsEmpty) { EXPECT_TRUE(EventStream().Events().empty()); }

TEST(EventStreamTest, NumbersEachSourceFromOne) {
  EventStream stream;
  stream.Emit(From("key", "key.touched"));
  stream.Emit(From("service", "http.exchange"));
  stream.Emit(From("key", "key.declined"));
  const auto events = stream.Events();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].ordinal, 1U);
  EXPECT_EQ(events[1].ordinal, 1U);
  EXPECT_EQ(events[2].ordinal, 2U);
  EXPECT_EQ(events[2].kind, "key.declined");
}

TEST(EventStreamTest, StampsTheCurrentStep) {
  EventStream stream;
  stream.Emit(From("runner", "a"));
  stream.SetStep("1 register_key");
  stream.Emit(From("runner", "b"));
  stream.SetStep("");
  stream.Emit(From("runner", "c"));
  const auto events = stream.Events();
  EXPECT_EQ(events[0].step, "");
  EXPECT_EQ(events[1].step, "1 register_key");
  EXPECT_EQ(events[2].step, "");
}

TEST(EventStreamTest, TellsItsListenerInOrder) {
  std::vector<std::string> heard;
  EventStream stream([&](const Event& event) {
    heard.push_back(event.kind + " " + std::to_string(event.ordinal));
  });
  stream.Emit(From("key", "a"));
  stream.Emit(From("key", "b"));
  EXPECT_EQ(heard, (std::vector<std::string>{"a 1", "b 2"}));
}

TEST(EventTest, FieldsAreReadByName) {
  Event event = From("service", "service.refused");
  event.fields = {{"code", "135016"}, {"reason", "disabled"}};
  EXPECT_EQ(event.Field("code"), "135016");
  EXPECT_EQ(event.Field("reason"), "disabled");
  EXPECT_EQ(event.Field("other"), "");
}

TEST(EventSinkTest, TheNullSinkTakesAnything) {
  NullSink sink;
  sink.Emit(From("key", "a"));
}

}  // namespace
}  // namespace keyrig
