//! Each client on a database of its own, as its users would write it.

use diesel::{Connection as _, RunQueryDsl as _};
use migrate_first::testing::TestDatabase;

const TABLES: &str = "SELECT count(*) AS n FROM xtask.history";

#[test]
fn postgres() {
    let database = TestDatabase::new().expect("a database");
    let mut client = ::postgres::Client::connect(database.url(), ::postgres::NoTls).expect("it connects");
    let n: i64 = client.query_one(TABLES, &[]).expect("a row").get(0);
    assert!(n > 0);
}

#[tokio::test]
async fn tokio_postgres() {
    let database = TestDatabase::new().expect("a database");
    let (client, connection) = ::tokio_postgres::connect(database.url(), ::tokio_postgres::NoTls).await.expect("it connects");
    let driven = tokio::spawn(connection);
    let n: i64 = client.query_one(TABLES, &[]).await.expect("a row").get(0);
    assert!(n > 0);
    drop(client);
    driven.await.expect("it ends").expect("well");
}

#[tokio::test]
async fn sqlx() {
    let database = TestDatabase::new().expect("a database");
    let pool = ::sqlx::PgPool::connect(database.url()).await.expect("it connects");
    let n: i64 = ::sqlx::query_scalar(TABLES).fetch_one(&pool).await.expect("a row");
    assert!(n > 0);
    // A pool that is still open does not keep the database from being dropped.
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

#[test]
fn diesel() {
    let database = TestDatabase::new().expect("a database");
    let mut connection = ::diesel::PgConnection::establish(database.url()).expect("it connects");
    let count: Count = ::diesel::sql_query(TABLES).get_result(&mut connection).expect("a row");
    assert!(count.n > 0);
}
