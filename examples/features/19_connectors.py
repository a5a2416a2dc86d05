"""Files and a database by the blocks of the library: each call says bytes or rows."""

from tempfile import TemporaryDirectory

from peninsula import flow
from peninsula.blocks import DatabaseCredentials, LocalFileSystem, SqlDatabase


@flow
def load(folder: str) -> list[dict]:
    """Then: peninsula event ls --name 'peninsula.call.*'."""
    lake = LocalFileSystem(basepath=folder)
    lake.write_path("orders.csv", b"tea,3\nrice,2")
    lines = lake.read_path("orders.csv").decode().splitlines()
    warehouse = SqlDatabase(credentials=DatabaseCredentials(url=f"sqlite:///{folder}/shop.db"))
    with warehouse.transaction() as tx:
        tx.execute("CREATE TABLE orders (product TEXT, price INT)")
        tx.insert(
            "orders", (dict(zip(("product", "price"), x.split(","), strict=True)) for x in lines)
        )
    return warehouse.query("SELECT product FROM orders WHERE price > :price", {"price": 2})


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        print(load(folder))
