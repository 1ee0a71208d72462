#include "virtual-key/store/database.h"

namespace keyrig::key_store {
namespace {

/// A path as a URI has it.
std::string Escaped(const std::filesystem::path& path) {
  std::string escaped;
  for (const char c : path.string()) {
    if (c == '%' || c == '?' || c == '#') {
      escaped += "%" + ToHex(ViewOf(std::string_view(&c, 1)));
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace

Statement::Statement(sqlite3* database, std::string_view sql) : database_(database) {
  sqlite3_stmt* prepared = nullptr;
  sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &prepared, nullptr);
  statement_.reset(prepared);
}

Statement& Statement::Bind(std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), ++parameter_, value);
  return *this;
}

Statement& Statement::Bind(std::string_view text) {
  // Never a null pointer: SQLite takes that for NULL.
  sqlite3_bind_text(statement_.get(), ++parameter_, text.empty() ? "" : text.data(),
                    static_cast<int>(text.size()), SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::Bind(ByteView blob) {
  if (blob.empty()) {
    sqlite3_bind_zeroblob(statement_.get(), ++parameter_, 0);
  } else {
    sqlite3_bind_blob(statement_.get(), ++parameter_, blob.data(), static_cast<int>(blob.size()),
                      SQLITE_TRANSIENT);
  }
  return *this;
}

Statement& Statement::BindNull() {
  sqlite3_bind_null(statement_.get(), ++parameter_);
  return *this;
}

Error Statement::Failure() const { return Error{sqlite3_errmsg(database_)}; }

Result<bool, Error> Statement::Step() {
  column_ = 0;
  if (!statement_) return Err(Failure());
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return Err(Failure());
}

Result<void, Error> Statement::Run() {
  TRY(Step());
  return {};
}

bool Statement::IsNull() const {
  return sqlite3_column_type(statement_.get(), column_) == SQLITE_NULL;
}

std::int64_t Statement::Integer() { return sqlite3_column_int64(statement_.get(), column_++); }

std::string Statement::Text() { return std::string(AsText(Blob())); }

Bytes Statement::Blob() {
  const auto* data =
      static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column_));
  const int size = sqlite3_column_bytes(statement_.get(), column_++);
  return data == nullptr ? Bytes() : Bytes(data, data + size);
}

Result<Database, Error> Database::Open(const std::filesystem::path& file, Access access) {
  sqlite3* handle = nullptr;
  const bool writes = access == Access::kWrite;
  const std::string name = writes ? file.string() : "file:" + Escaped(file) + "?immutable=1";
  const int flags = (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY | SQLITE_OPEN_URI) |
                    SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  Database database(handle);
  if (code != SQLITE_OK) {
    return Fail(handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle));
  }
  // A file that was made to deceive gets no say: its schema runs nothing.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return database;
}

Result<void, Error> Database::Execute(const std::string& sql) const {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return Fail(sqlite3_errmsg(handle_.get()));
  }
  return {};
}

Result<std::int64_t, Error> Database::Integer(std::string_view sql) const {
  Statement statement = Prepare(sql);
  if (!TRY(statement.Step())) return Fail("no row");
  return statement.Integer();
}

Result<std::string, Error> Database::Text(std::string_view sql) const {
  Statement statement = Prepare(sql);
  if (!TRY(statement.Step())) return Fail("no row");
  return statement.Text();
}

Result<Transaction, Error> Transaction::Begin(const Database& database) {
  TRY(database.Execute("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::~Transaction() {
  // Some errors have rolled back already; then there is nothing left to do.
  if (database_ != nullptr) [[maybe_unused]]
    const auto rolled_back = database_->Execute("ROLLBACK");
}

Result<void, Error> Transaction::Commit() {
  TRY(database_->Execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace keyrig::key_store
