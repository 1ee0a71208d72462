#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "harness/base/bytes.h"
#include "harness/base/result.h"

namespace keyrig::key_store {

/// One prepared SQL statement: bound in order, then stepped through.
class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql);

  Statement& Bind(std::int64_t value);
  Statement& Bind(std::string_view text);
  Statement& Bind(ByteView blob);
  Statement& BindNull();
  /// NULL where there is nothing.
  template <typename T>
  Statement& BindOptional(const std::optional<T>& value) {
    if (!value) return BindNull();
    if constexpr (std::is_arithmetic_v<T>) {
      return Bind(static_cast<std::int64_t>(*value));
    } else {
      return Bind(ByteView(*value));
    }
  }

  /// Whether there is a row. The error is SQLite's words.
  Result<bool, Error> Step();
  /// Runs a statement that gives no rows.
  Result<void, Error> Run();

  /// Columns of the row, read from left to right.
  bool IsNull() const;
  std::int64_t Integer();
  std::string Text();
  Bytes Blob();
  /// False where the blob is not as long.
  template <std::size_t N>
  bool Blob(ByteArray<N>& to) {
    const Bytes bytes = Blob();
    if (bytes.size() != N) return false;
    std::ranges::copy(bytes, to.begin());
    return true;
  }
  void Skip() { ++column_; }

 private:
  Error Failure() const;

  struct Finalized {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalized> statement_;
  int parameter_ = 0;
  int column_ = 0;
};

/// An open SQLite database.
class Database {
 public:
  enum class Access {
    kWrite,
    kAsItIs,  // read-only, without locks, journals or anything else that leaves a trace
  };
  /// Opens a file that exists.
  static Result<Database, Error> Open(const std::filesystem::path& file, Access access);

  Statement Prepare(std::string_view sql) const { return {handle_.get(), sql}; }
  /// Runs statements that give no rows that matter.
  Result<void, Error> Execute(const std::string& sql) const;
  Result<std::int64_t, Error> Integer(std::string_view sql) const;
  Result<std::string, Error> Text(std::string_view sql) const;
  /// SQLite's extended code of what failed last.
  int LastCode() const { return sqlite3_extended_errcode(handle_.get()); }

 private:
  struct Closed {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  explicit Database(sqlite3* handle) : handle_(handle) {}

  std::unique_ptr<sqlite3, Closed> handle_;
};

/// Rolls back what is not committed.
class Transaction {
 public:
  static Result<Transaction, Error> Begin(const Database& database);
  ~Transaction();
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  /// All of it is durable when it returns.
  Result<void, Error> Commit();

 private:
  explicit Transaction(const Database& database) : database_(&database) {}
  const Database* database_;
};

}  // namespace keyrig::key_store
