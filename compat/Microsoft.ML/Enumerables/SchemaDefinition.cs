namespace Microsoft.ML.Data;

/// <summary>Which members of a class are columns, and of what type.</summary>
public sealed class SchemaDefinition : List<SchemaDefinition.Column>
{
    private SchemaDefinition()
    {
    }

    [Flags]
    public enum Direction
    {
        Read = 1,
        Write = 2,
        Both = 3,
    }

    public Column this[string columnName]
    {
        get => this.FirstOrDefault(c => c.ColumnName == columnName)
            ?? throw Contracts.ExceptParam(nameof(columnName), $"Column with name '{columnName}' does not exist in the schema.");
        set
        {
            Contracts.CheckValue(value, nameof(value));
            int index = FindIndex(c => c.ColumnName == columnName);
            if (index < 0)
                Add(value);
            else
                this[index] = value;
        }
    }

    public static SchemaDefinition Create(Type userType, Direction direction = Direction.Both)
    {
        Contracts.CheckValue(userType, nameof(userType));
        var definition = new SchemaDefinition();
        foreach (RowMember member in RowMember.Of(userType, direction))
        {
            if (member.Attribute<NoColumnAttribute>() is not null)
                continue;
            string name = member.Attribute<ColumnNameAttribute>()?.Name ?? member.Name;
            Contracts.CheckParam(definition.All(c => c.ColumnName != name), nameof(userType),
                $"Duplicate column name '{name}' detected, this is disallowed");
            definition.Add(new Column(member.Name) { ColumnName = name, ColumnType = ColumnType(member, nameof(userType)) });
        }
        return definition;
    }

    /// <summary>The columns that a class must have so that its objects fit that schema.</summary>
    internal static SchemaDefinition Create(Type userType, DataViewSchema schema)
    {
        SchemaDefinition all = Create(userType, Direction.Read);
        var definition = new SchemaDefinition();
        foreach (DataViewSchema.Column column in schema.Where(c => !c.IsHidden))
        {
            Column found = all.FirstOrDefault(c => c.ColumnName == column.Name)
                ?? throw Contracts.Except($"Type should contain a member named {column.Name}");
            found.ColumnType = column.Type;
            definition.Add(found);
        }
        return definition;
    }

    private static DataViewType ColumnType(RowMember member, string parameterName)
    {
        PrimitiveDataViewType itemType = member.ItemType ?? throw Contracts.ExceptParam("rawType",
            $"Could not determine an IDataView type and registered custom types for member {member.Name}");

        if (member.Attribute<KeyTypeAttribute>() is { } key)
        {
            Contracts.CheckParam(KeyDataViewType.IsValidDataType(itemType.RawType), parameterName,
                $"Member {member.Name} marked with KeyType attribute, but does not appear to be a valid kind of data for a key type");
            itemType = new KeyDataViewType(itemType.RawType,
                key.Count ?? throw new NotSupportedException("Using KeyType without the Count parameter is not supported"));
        }

        var vector = member.Attribute<VectorTypeAttribute>();
        Contracts.CheckParam(vector is null || member.IsVector, parameterName,
            $"Member {member.Name} marked with {nameof(VectorTypeAttribute)}, but does not appear to be a vector type");
        if (!member.IsVector)
            return itemType;
        return vector?.Dimensions is { Length: > 0 } dimensions ? new VectorDataViewType(itemType, dimensions) : new VectorDataViewType(itemType);
    }

    public sealed class Column
    {
        private readonly DataViewSchema.Annotations.Builder _annotations = new();

        internal Column(string memberName) => MemberName = memberName;

        public string MemberName { get; }

        public string ColumnName { get; set; }

        public DataViewType ColumnType { get; set; }

        public DataViewSchema.Annotations Annotations => _annotations.ToAnnotations();

        public void AddAnnotation<T>(string kind, T value, DataViewType annotationType) =>
            _annotations.Add(kind, annotationType, (ref T target) => target = value);
    }
}
