#include "limsym/data/column.hpp"

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/output.hpp"
#include "limsym/data/npy.hpp"
#include "support.hpp"

using namespace limsym;
using namespace limsym::data;

namespace {

const ColumnRule rule{{"value"}, {"draw", "i"}};

struct Case {
    std::string name;
    std::string text;
    std::optional<std::string> column = std::nullopt;
};

Column read(const Case& what) {
    const tests::TemporaryFolder folder;
    return read_column({folder.file(what.name, what.text), {}, ""}, what.column, rule);
}

std::string failure(const Case& what) {
    const tests::TemporaryFolder folder;
    const std::string file = folder.file(what.name, what.text);
    const std::string message = tests::message_of<base::InputError>([&] {
        return read_column({file, {}, ""}, what.column, rule);
    });
    return message.starts_with(file) ? message.substr(file.size()) : message;
}

} // namespace

TEST_CASE("column: by rule, by name, by number") {
    CHECK(read({"a.csv", "i,label,value\n1,cat,2.5\n2,,3.5\n"}).values(1) == 3.5);
    CHECK(read({"a.csv", "i,y,z\n1,2,3\n"}).number == 1);
    CHECK(read({"a.csv", "i,y,z\n1,2,3\n", "z"}).values(0) == 3.0);
    CHECK(read({"a.csv", "i,y,z\n1,2,3\n", "1"}).values(0) == 1.0);
    // Names go before numbers.
    CHECK(read({"a.csv", "3,y,2\n1,5,7\n", "2"}).number == 2);
    CHECK(read({"a.csv", "3,y,4\n1,5,7\n", "2"}).number == 1);
    CHECK(read({"a.csv", "a,y,2\n1,5,7\n", "2"}).number == 2);
    CHECK(read({"a.csv", "i\n4\n"}).values(0) == 4.0);
}

TEST_CASE("column: what is no header") {
    CHECK(read({"a.csv", "1\n2\n"}).values.n_elem == 2);
    // The column that is read begins with a number: text beside it makes no header.
    const Column beside = read({"a.csv", "cat,1.5\ndog,2.5\n", "2"});
    CHECK(beside.values.n_elem == 2);
    CHECK(!beside.table.has_header);
    CHECK(failure({"a.csv", "nan\n1\n"}) == ":1: column 1 is 'nan'; expected a finite number");
    CHECK(failure({"a.csv", "value\n1\n1e999\n"}) == ":3: column 1 is '1e999'; expected a finite number");
}

TEST_CASE("column: failures") {
    CHECK(failure({"a.csv", "value,b\n1,2\nx,3\n"}) == ":3: column 1 is 'x'; expected a finite number");
    CHECK(failure({"a.csv", "a,b\n1,\n", "2"}) == ":2: column 2 is empty; expected a finite number");
    CHECK(failure({"a.csv", "a,b\n1,2,3\n"}) == ":2: 3 columns; expected 2");
    CHECK(failure({"a.csv", "value,b\n1,2\n", "valu"}).find("'valu' is not a column of ") != std::string::npos);
    CHECK(failure({"a.csv", "value,b\n1,2\n", "valu"}).find("(value, b); did you mean value?") != std::string::npos);
    CHECK(failure({"a.csv", "1,2\n", "3"}).find("(2 columns)") != std::string::npos);
    CHECK(failure({"a.csv", "a,a\n1,2\n", "a"}).find("names more than one column") != std::string::npos);
    const Column column = read({"a.csv", "p\n0.5\n1\n"});
    CHECK_THROWS_WITH_AS(column.fail(1, "0 < p < 1"), doctest::Contains(":3: column 1 is '1'; expected 0 < p < 1"),
                         base::InputError);
}

TEST_CASE("column: of JSON, NDJSON and npy") {
    CHECK(read({"a.ndjson", "{\"i\":0,\"value\":2}\n{\"i\":1,\"value\":3}\n"}).values(1) == 3.0);
    CHECK(read({"a.ndjson", "{\"i\":\"x\",\"y\":2}\n"}).values(0) == 2.0);
    CHECK(read({"a.json", "[[1,\"x\"],[2,null]]"}).values(1) == 2.0);
    CHECK(read({"a.json", "[[\"x\",1],[\"y\",2]]", "2"}).values(1) == 2.0);
    CHECK(failure({"a.ndjson", "{\"value\":\"x\"}\n"}) == ":1: column 'value' is a string; expected a finite number");
    const tests::TemporaryFolder folder;
    base::AtomicFile file(folder.file("a.npy"));
    write_npy(file.sink(), arma::mat{{1.0, 2.0}, {3.0, 4.0}});
    file.commit();
    CHECK(read_column({folder.file("a.npy"), {}, ""}, "2", rule).values(1) == 4.0);
    CHECK(read_column({folder.file("a.npy"), {}, ""}, std::nullopt, rule).values(1) == 3.0);
}
